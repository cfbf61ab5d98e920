namespace EventHookDetector.Storage.Moves;

/// <summary>The move cannot be done, or not so; the message tells an operator why and what to do.</summary>
internal sealed class MoveRefusedException(string message, Exception? cause = null) : Exception(message, cause);

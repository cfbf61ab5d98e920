namespace EventHookDetector.Audit;

/// <summary>A row holds a value that was never written by a detector; the message says which row, and which value.</summary>
internal sealed class UnreadableRowException(string message, Exception? cause = null) : Exception(message, cause);

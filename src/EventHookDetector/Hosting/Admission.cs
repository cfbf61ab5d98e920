namespace EventHookDetector.Hosting;

/// <summary>By what an operator was let in, if it can end: a key that an admin made, or a token. It is a feature of the request.</summary>
/// <param name="HoldsAsync">Whether it opens now what it opened then.</param>
internal sealed record Admission(Func<CancellationToken, Task<bool>> HoldsAsync);

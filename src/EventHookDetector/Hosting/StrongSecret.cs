namespace EventHookDetector.Hosting;

/// <summary>The demands on a secret that strangers can guess at. Only Development is free of them.</summary>
internal static class StrongSecret
{
    public const int MinLength = 16;

    // The secrets of appsettings.Development.json, which everybody can read, say so themselves.
    private const string Published = "do-not-use-elsewhere";

    /// <returns>The rest of a sentence that begins with the key; null if the secret is good enough.</returns>
    public static string? FindFault(string? secret) =>
        secret is not { Length: > 0 } ? null   // that it is missing, its own rule says
        : secret.Length < MinLength ? $"must have at least {MinLength} characters; openssl rand -hex 32 makes a good one"
        : secret.Contains(Published, StringComparison.Ordinal) ? "must not be the secret for development, which is published; openssl rand -hex 32 makes a good one"
        : null;
}

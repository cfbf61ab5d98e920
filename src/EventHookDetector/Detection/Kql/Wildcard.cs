namespace EventHookDetector.Detection.Kql;

internal static class Wildcard
{
    /// <param name="text">What is looked at.</param>
    /// <param name="parts">What stands between the wildcards; the first part begins the text, the last one ends it.</param>
    public static bool Matches<T>(ReadOnlySpan<T> text, T[][] parts)
        where T : IEquatable<T>
    {
        var (first, last) = (parts[0], parts[^1]);
        if (parts.Length == 1) return text.SequenceEqual(first);
        if (text.Length < first.Length + last.Length || !text.StartsWith(first) || !text.EndsWith(last)) return false;

        // Each part at the first place it fits: what fits further on leaves less for the others.
        text = text[first.Length..^last.Length];
        foreach (var part in parts.AsSpan(1..^1))
        {
            var at = text.IndexOf(part);
            if (at < 0) return false;
            text = text[(at + part.Length)..];
        }

        return true;
    }
}

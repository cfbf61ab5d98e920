using System.Globalization;
using EventHookDetector.Audit;

namespace EventHookDetector.Operators;

/// <summary>Which names may stand for somebody in what is written down: those that can be read, and that nobody takes for another's.</summary>
internal static class OperatorNames
{
    /// <summary>What <see cref="IsUsable"/> asks for, in words.</summary>
    public const string Rule = $"a name of at most 200 visible characters that mixes no alphabets in a word, and not \"{AuditTrail.Detector}\"";

    // PostgreSQL's indexes take no value of some thousands.
    private const int MaxLength = 200;

    public static bool IsUsable(string? name) =>
        !string.IsNullOrWhiteSpace(name) && name.Length <= MaxLength && !name.Any(IsInvisible) && !LookAlikes.AreIn(name) && !AreSame(name, AuditTrail.Detector);

    /// <summary>Whether people would read them as one.</summary>
    public static bool AreSame(string one, string other) => Plain(one).Equals(Plain(other), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string name) => string.Join(' ', LookAlikes.ToLatin(name).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static bool IsInvisible(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}

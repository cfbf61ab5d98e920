namespace EventHookDetector.Detection.Kql;

/// <summary>What was probably meant, where people go wrong most.</summary>
internal static class KqlHints
{
    public static string? For(string text, int offset)
    {
        if (offset >= text.Length) return null;

        var rest = text.AsSpan(offset);
        if (rest[0] == '"' && KqlWords.ScanQuoted(rest) == 0) return "The closing quote is missing.";
        if (rest[0] == '{')
        {
            return "Braces are not supported, for a log event does not keep which values belong to one object. Write each field in full: "
                + "okta.target.type:User and okta.target.alternate_id:\"ada@example.com\".";
        }

        if (rest[0] == ')') return "A parenthesis closes that was not opened, or too early.";
        if (KqlWords.ScanNot(rest.TrimStart()) > 0)
            return "'not' stands once, before a condition or within parentheses: not (not a:b), a:(not b). As a word it needs quotes.";

        return KqlWords.ScanAnd($" {rest}") > 0 || KqlWords.ScanOr($" {rest}") > 0
            ? "'and' and 'or' stand between two conditions. As a word they need quotes."
            : null;
    }
}

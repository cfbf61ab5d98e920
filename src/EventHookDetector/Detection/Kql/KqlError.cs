namespace EventHookDetector.Detection.Kql;

/// <summary>Why a text is no query, and where.</summary>
/// <param name="Offset">From the start of the text, from 0.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Expected">What should have stood there.</param>
/// <param name="Hint">How to say what was probably meant; null if that is anybody's guess.</param>
internal sealed record KqlError(int Offset, int Line, int Column, string Expected, string? Hint)
{
    public override string ToString() => $"Line {Line}, column {Column}: expected {Expected}.{(Hint is null ? "" : $" {Hint}")}";

    public static KqlError At(string text, int offset, string expected)
    {
        var before = text.AsSpan(0, Math.Min(offset, text.Length));
        var column = before.Length - before.LastIndexOf('\n');
        return new KqlError(before.Length, before.Count('\n') + 1, column, expected, KqlHints.For(text, offset));
    }
}

/// <summary>Thrown for a text that is no query. Who wants to know beforehand asks <see cref="KqlQuery.Check"/>.</summary>
internal sealed class KqlException(KqlError error) : FormatException(error.ToString())
{
    public KqlError Error { get; } = error;
}

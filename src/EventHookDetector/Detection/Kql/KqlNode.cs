using Parlot;

namespace EventHookDetector.Detection.Kql;

/// <summary>
/// A query as it was understood. A list of values, <c>f:(a or b)</c>, is the same as <c>f:a or f:b</c>, and kept as that.
/// </summary>
internal abstract record KqlNode
{
    /// <summary>The empty query.</summary>
    public sealed record Everything : KqlNode;

    public sealed record Or(IReadOnlyList<KqlNode> Any) : KqlNode;

    public sealed record And(IReadOnlyList<KqlNode> All) : KqlNode;

    public sealed record Not(KqlNode Of) : KqlNode;

    /// <summary><c>field: value</c></summary>
    public sealed record Is(KqlText Field, KqlText Value) : KqlNode;

    /// <summary><c>field &gt;= value</c></summary>
    public sealed record Range(KqlText Field, KqlComparison Comparison, KqlText Value) : KqlNode;
}

internal enum KqlComparison
{
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>A field's name or a value, without quotes and escapes.</summary>
/// <param name="Parts">What stands between the wildcards; one part if there is none.</param>
/// <param name="IsQuoted">In quotes nothing has a meaning of its own.</param>
/// <param name="Offset">Where it stands in the query, for whoever has to complain about it.</param>
internal sealed record KqlText(IReadOnlyList<string> Parts, bool IsQuoted, int Offset)
{
    public bool HasWildcard => Parts.Count > 1;

    public bool IsAnything => HasWildcard && Parts.All(part => part.Length == 0);

    /// <summary>No value in a document is null, so this matches none; the text "null" is another matter.</summary>
    public bool IsNull => !IsQuoted && !HasWildcard && Parts[0] == "null";

    /// <summary>The text, where there is no wildcard.</summary>
    public string Plain => Parts[0];

    /// <summary>That text and no other, whatever stands in it.</summary>
    public static KqlText Exactly(string text) => new([text], IsQuoted: true, Offset: 0);

    /// <summary>To be thrown where the text cannot be compared with what the field holds.</summary>
    public ParseException Refused(string expected) => new(expected, new TextPosition(Offset, 1, 1));
}

using System.Buffers;

namespace EventHookDetector.Okta;

/// <summary>Finds the end of a JSON value that is too long to be kept: by its brackets, a piece at a time, of any length.</summary>
internal struct JsonLength
{
    private static readonly SearchValues<byte> InText = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);

    private long _depth;
    private bool _isInText;
    private bool _isEscaped;

    /// <returns>How far the value reaches into this piece; null if it goes on behind it.</returns>
    public int? EndIn(ReadOnlySpan<byte> piece)
    {
        for (var at = 0; at < piece.Length; at++)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                continue;
            }

            var next = piece[at..].IndexOfAny(_isInText ? InText : Structure);
            if (next < 0) return null;

            at += next;
            if (piece[at] == '\\') _isEscaped = true;
            else if (piece[at] == '"') _isInText = !_isInText;
            else _depth += piece[at] is (byte)'{' or (byte)'[' ? 1 : -1;
            if (_depth <= 0 && !_isInText && !_isEscaped) return at + 1;
        }

        return null;
    }
}

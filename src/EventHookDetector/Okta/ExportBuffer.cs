namespace EventHookDetector.Okta;

/// <summary>The piece of an export that is being looked at, and where it stands in the whole.</summary>
/// <param name="input">The export.</param>
/// <param name="longest">How much of it is kept at once, at most.</param>
internal sealed class ExportBuffer(Stream input, int longest)
{
    private const int FirstLength = 256 * 1024;

    private byte[] _buffer = new byte[Math.Min(FirstLength, longest)];
    private int _start;
    private int _end;
    private int _needed = 1;

    /// <summary>What was read and not passed yet.</summary>
    public ReadOnlySpan<byte> Rest => _buffer.AsSpan(_start.._end);

    /// <summary>The line that the rest begins in, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>How many bytes lie before the rest.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether the rest is all there is.</summary>
    public bool InputEnded { get; private set; }

    /// <summary>Whether no more can be kept.</summary>
    public bool IsFull => _end - _start == longest;

    /// <summary>Good until more is read.</summary>
    public ReadOnlyMemory<byte> First(int bytes) => _buffer.AsMemory(_start, bytes);

    /// <summary>The rest should be this long when it is looked at next, if there is so much.</summary>
    public void Need(int bytes) => _needed = bytes;

    public async Task FillAsync(CancellationToken cancellationToken)
    {
        Rest.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        do
        {
            if (_end == _buffer.Length) Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, longest));
            var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            InputEnded = read == 0;
            _end += read;
        }
        while (_end < Math.Min(_needed, longest) && !InputEnded);
        _needed = 1;
    }

    public void Advance(int bytes)
    {
        Line += Rest[..bytes].Count((byte)'\n');
        Offset += bytes;
        _start += bytes;
    }

    public void SkipWhiteSpace()
    {
        var text = Rest.IndexOfAnyExcept(" \t\r\n"u8);
        Advance(text < 0 ? Rest.Length : text);
    }
}

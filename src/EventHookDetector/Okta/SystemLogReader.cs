using System.Runtime.CompilerServices;
using System.Text;

namespace EventHookDetector.Okta;

/// <summary>
/// Reads an export of the System Log, however long, in the memory of its longest log event: a JSON array or several, as pages
/// are; a log event a line; or one after another with white space between. A log event that nobody wants leaves nothing behind
/// but a count, and what cannot be read is passed over up to the next line that begins with a log event or an array.
/// </summary>
internal sealed class SystemLogReader(Stream input, WantedEventTypes wanted, int maxLogEventBytes)
{
    private const int FirstBuffer = 256 * 1024;

    private readonly int _longest = maxLogEventBytes + 1;
    private byte[] _buffer = new byte[Math.Min(FirstBuffer, maxLogEventBytes + 1)];
    private int _start;
    private int _end;
    private int _needed = 1;
    private long _line = 1;
    private bool _inputEnded;
    private Expected _expected = Expected.ByteOrderMark;
    private JsonLength _tooLong;
    private bool _isInArray;

    /// <summary>How many log events were read, those that nobody wants too.</summary>
    public long LogEvents { get; private set; }

    /// <summary>How many things that should have been log events were none, or could not be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>How many bytes were passed over with them.</summary>
    public long UnreadableBytes { get; private set; }

    /// <summary>How many bytes lie behind.</summary>
    public long Offset { get; private set; }

    /// <summary>When the earliest log event was published.</summary>
    public DateTimeOffset? From { get; private set; }

    /// <summary>When the latest one was.</summary>
    public DateTimeOffset? To { get; private set; }

    /// <summary>Those that are wanted, and those that cannot be read, as they stand.</summary>
    /// <param name="afterPiece">Called after each piece of the input; there may be many without a log event that is wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<ExportedLogEvent> ReadAsync(Action? afterPiece, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!_inputEnded)
        {
            await FillAsync(cancellationToken);
            while (Next() is { } found) yield return found;
            afterPiece?.Invoke();
        }

        if (_isInArray && _expected is not (Expected.NextLine or Expected.EndOfTooLong))
            yield return Refuse(_start, "The array is not closed: it breaks off here.");
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        do
        {
            if (_end == _buffer.Length) Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, _longest));
            var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _inputEnded = read == 0;
            _end += read;
        }
        while (_end < Math.Min(_needed, _longest) && !_inputEnded);
        _needed = 1;
    }

    /// <returns>The next one that somebody should see; null if more of the input is needed, or there is no more.</returns>
    private ExportedLogEvent? Next()
    {
        while (true)
        {
            if (!PassByteOrderMark() || !PassUnreadable()) return null;

            SkipWhiteSpace();
            if (_start == _end) return null;
            if (TakePunctuation()) continue;
            if (_expected == Expected.Separator) return Break(_start, "A comma or ] must follow a log event in an array.");

            var value = LogEventScan.Of(_buffer.AsSpan(_start.._end), _inputEnded, wanted);
            if (value.End == LogEventScan.Incomplete && _end - _start < _longest)
            {
                // Not again for every few bytes: a long log event would be read from its start a thousand times.
                _needed = (_end - _start) * 2;
                return null;
            }

            if (value.End == LogEventScan.Incomplete || value.End > maxLogEventBytes) return RefuseTooLong();
            if (value.BreaksAt is { } breaksAt) return Break(_start + breaksAt, LogEventScan.NoJson);
            if (Take(value) is { } found) return found;
        }
    }

    private ExportedLogEvent? Take(LogEventScan value)
    {
        var found = value switch
        {
            { Defect: { } defect } => Refuse(_start, defect),
            { EventType: { } eventType } => new ExportedLogEvent(_line, Offset) { Json = _buffer.AsMemory(_start, value.End), EventType = eventType },
            _ => null,
        };
        if (value.Defect is null) Count(value.Published);
        else UnreadableBytes += value.End;

        Advance(value.End);
        _expected = _isInArray ? Expected.Separator : Expected.LogEvent;
        return found;
    }

    private void Count(DateTimeOffset? published)
    {
        LogEvents++;
        if (published is null) return;

        if (From is null || published < From) From = published;
        if (To is null || published > To) To = published;
    }

    /// <returns>True if a bracket or a comma stood where one may stand.</returns>
    private bool TakePunctuation()
    {
        switch ((_buffer[_start], _isInArray, _expected))
        {
            case ((byte)'[', false, Expected.LogEvent):
                (_isInArray, _expected) = (true, Expected.LogEventOrEnd);
                break;
            case ((byte)']', true, Expected.LogEventOrEnd or Expected.Separator):
                (_isInArray, _expected) = (false, Expected.LogEvent);
                break;
            case ((byte)',', true, Expected.Separator):
                _expected = Expected.LogEvent;
                break;
            default:
                return false;
        }

        Advance(1);
        return true;
    }

    private ExportedLogEvent Break(int at, string reason)
    {
        var refused = Refuse(at, reason);
        UnreadableBytes++;
        Advance(1);   // or the search would find this very line again
        _expected = Expected.NextLine;
        return refused;
    }

    private ExportedLogEvent RefuseTooLong()
    {
        _tooLong = default;
        _expected = Expected.EndOfTooLong;
        return Refuse(_start, $"The log event is longer than {maxLogEventBytes} bytes.");
    }

    private ExportedLogEvent Refuse(int at, string reason)
    {
        Unreadable++;
        var before = _buffer.AsSpan(_start..at);
        return new ExportedLogEvent(_line + before.Count((byte)'\n'), Offset + before.Length) { Defect = reason };
    }

    private bool PassByteOrderMark()
    {
        if (_expected != Expected.ByteOrderMark) return true;

        var mark = Encoding.UTF8.Preamble;
        _needed = mark.Length;
        if (_end < _needed && !_inputEnded) return false;

        if (_buffer.AsSpan(.._end).StartsWith(mark)) Advance(mark.Length);
        _expected = Expected.LogEvent;
        return true;
    }

    /// <returns>False if all that is here was passed over, and it goes on.</returns>
    private bool PassUnreadable()
    {
        if (_expected == Expected.NextLine) return PassToNextLine();
        if (_expected != Expected.EndOfTooLong) return true;

        var length = _tooLong.EndIn(_buffer.AsSpan(_start.._end));
        Pass(length ?? _end - _start);
        if (length is null) return false;

        _expected = _isInArray ? Expected.Separator : Expected.LogEvent;
        return true;
    }

    private bool PassToNextLine()
    {
        while (_buffer.AsSpan(_start.._end).IndexOf((byte)'\n') is >= 0 and var lineEnd)
        {
            Pass(lineEnd);
            if (_end - _start == 1 && !_inputEnded) return false;   // what the line begins with is not here yet

            Pass(1);
            if (_start == _end || _buffer[_start] is not ((byte)'{' or (byte)'[')) continue;

            if (_buffer[_start] == '[') _isInArray = false;
            _expected = Expected.LogEvent;
            return true;
        }

        Pass(_end - _start);
        return false;
    }

    private void Pass(int bytes)
    {
        UnreadableBytes += bytes;
        Advance(bytes);
    }

    private void SkipWhiteSpace()
    {
        var text = _buffer.AsSpan(_start.._end).IndexOfAnyExcept(" \t\r\n"u8);
        Advance(text < 0 ? _end - _start : text);
    }

    private void Advance(int bytes)
    {
        _line += _buffer.AsSpan(_start, bytes).Count((byte)'\n');
        Offset += bytes;
        _start += bytes;
    }

    private enum Expected
    {
        ByteOrderMark,
        LogEvent,
        LogEventOrEnd,
        Separator,
        NextLine,
        EndOfTooLong,
    }
}

/// <summary>One log event of an export that somebody has to look at.</summary>
/// <param name="Line">The line it begins in, or where it breaks, from 1.</param>
/// <param name="Offset">How many bytes stand before that place.</param>
internal sealed record ExportedLogEvent(long Line, long Offset)
{
    /// <summary>Good until the next one is read.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>Null if it cannot be read.</summary>
    public string? EventType { get; init; }

    /// <summary>Why it cannot be read.</summary>
    public string? Defect { get; init; }
}

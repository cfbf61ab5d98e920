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
    // One byte more than a log event may have, so that one that is too long shows.
    private readonly ExportBuffer _buffer = new(input, maxLogEventBytes + 1);
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
    public long Offset => _buffer.Offset;

    /// <summary>When the earliest log event was published.</summary>
    public DateTimeOffset? From { get; private set; }

    /// <summary>When the latest one was.</summary>
    public DateTimeOffset? To { get; private set; }

    /// <summary>Those that are wanted, and those that cannot be read, as they stand.</summary>
    /// <param name="afterPiece">Called after each piece of the input; there may be many without a log event that is wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<ExportedLogEvent> ReadAsync(Action? afterPiece, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!_buffer.InputEnded)
        {
            await _buffer.FillAsync(cancellationToken);
            while (Next() is { } found) yield return found;
            afterPiece?.Invoke();
        }

        if (_isInArray && _expected is not (Expected.NextLine or Expected.EndOfTooLong))
            yield return Report(0, "The array is not closed: it breaks off here.");
    }

    /// <returns>The next one that somebody should see; null if more of the input is needed, or there is no more.</returns>
    private ExportedLogEvent? Next()
    {
        while (true)
        {
            if (!PassByteOrderMark() || !PassUnreadable()) return null;

            _buffer.SkipWhiteSpace();
            if (_buffer.Rest.IsEmpty) return null;
            if (TakePunctuation()) continue;
            if (_expected == Expected.Separator) return ReportAndGoOnAtNextLine(0, "A comma or ] must follow a log event in an array.");

            var value = LogEventScan.Of(_buffer.Rest, _buffer.InputEnded, wanted);
            if (value.End == LogEventScan.Incomplete && !_buffer.IsFull)
            {
                // Not again for every few bytes: a long log event would be read from its start a thousand times.
                _buffer.Need(_buffer.Rest.Length * 2);
                return null;
            }

            if (value.End == LogEventScan.Incomplete || value.End > maxLogEventBytes) return ReportAndPassOverTooLong();
            if (value.BreaksAt is { } breaksAt) return ReportAndGoOnAtNextLine(breaksAt, LogEventScan.NoJson);
            if (Take(value) is { } found) return found;
        }
    }

    private ExportedLogEvent? Take(LogEventScan value)
    {
        var found = value switch
        {
            { Defect: { } defect } => Report(0, defect),
            { EventType: { } eventType } => new ExportedLogEvent(_buffer.Line, _buffer.Offset) { Json = _buffer.First(value.End), EventType = eventType },
            _ => null,
        };
        if (value.Defect is null) Count(value.Published);
        else UnreadableBytes += value.End;

        _buffer.Advance(value.End);
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
        switch ((_buffer.Rest[0], _isInArray, _expected))
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

        _buffer.Advance(1);
        return true;
    }

    /// <param name="at">Where it breaks, from the beginning of what is not passed yet.</param>
    /// <param name="reason">Why it cannot be read.</param>
    private ExportedLogEvent ReportAndGoOnAtNextLine(int at, string reason)
    {
        var reported = Report(at, reason);
        UnreadableBytes++;
        _buffer.Advance(1);   // or the search would find this very line again
        _expected = Expected.NextLine;
        return reported;
    }

    private ExportedLogEvent ReportAndPassOverTooLong()
    {
        _tooLong = default;
        _expected = Expected.EndOfTooLong;
        return Report(0, $"The log event is longer than {maxLogEventBytes} bytes.");
    }

    private ExportedLogEvent Report(int at, string reason)
    {
        Unreadable++;
        return new ExportedLogEvent(_buffer.Line + _buffer.Rest[..at].Count((byte)'\n'), _buffer.Offset + at) { Defect = reason };
    }

    private bool PassByteOrderMark()
    {
        if (_expected != Expected.ByteOrderMark) return true;

        var mark = Encoding.UTF8.Preamble;
        _buffer.Need(mark.Length);
        if (_buffer.Rest.Length < mark.Length && !_buffer.InputEnded) return false;

        if (_buffer.Rest.StartsWith(mark)) _buffer.Advance(mark.Length);
        _expected = Expected.LogEvent;
        return true;
    }

    /// <returns>False if all that is here was passed over, and it goes on.</returns>
    private bool PassUnreadable()
    {
        if (_expected == Expected.NextLine) return PassToNextLine();
        if (_expected != Expected.EndOfTooLong) return true;

        var length = _tooLong.EndIn(_buffer.Rest);
        Pass(length ?? _buffer.Rest.Length);
        if (length is null) return false;

        _expected = _isInArray ? Expected.Separator : Expected.LogEvent;
        return true;
    }

    private bool PassToNextLine()
    {
        while (_buffer.Rest.IndexOf((byte)'\n') is >= 0 and var lineEnd)
        {
            Pass(lineEnd);
            if (_buffer.Rest.Length == 1 && !_buffer.InputEnded) return false;   // what the line begins with is not here yet

            Pass(1);
            if (_buffer.Rest is not [(byte)'{' or (byte)'[', ..]) continue;

            if (_buffer.Rest[0] == '[') _isInArray = false;
            _expected = Expected.LogEvent;
            return true;
        }

        Pass(_buffer.Rest.Length);
        return false;
    }

    private void Pass(int bytes)
    {
        UnreadableBytes += bytes;
        _buffer.Advance(bytes);
    }

    private enum Expected
    {
        /// <summary>The very beginning: a mark may stand here, or anything that may without one.</summary>
        ByteOrderMark,

        /// <summary>A log event; outside of an array, also the bracket that opens one.</summary>
        LogEvent,

        /// <summary>An array was opened: its first log event, or its end.</summary>
        LogEventOrEnd,

        /// <summary>In an array, behind a log event: a comma, or the end of the array.</summary>
        Separator,

        /// <summary>It broke: all is passed over up to a line that begins with a log event or an array.</summary>
        NextLine,

        /// <summary>A log event is too long to be kept: all is passed over up to its end.</summary>
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

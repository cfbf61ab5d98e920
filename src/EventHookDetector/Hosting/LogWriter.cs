using System.Buffers;
using System.Threading.Channels;
using ZLogger;

namespace EventHookDetector.Hosting;

/// <summary>
/// Writes log lines to standard output on a thread of its own. Drops and counts lines while standard output is not read.
/// </summary>
internal sealed partial class LogWriter : IAsyncLogProcessor
{
    private const int MaxPending = 10_000;
    private const int MaxBytes = 64 * 1024;   // in one write

    // A stop waits this long for the last lines. Standard output may never be read again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Channel<IZLoggerEntry> _pending = Channel.CreateBounded<IZLoggerEntry>(
        new BoundedChannelOptions(MaxPending)
        {
            SingleReader = true,
            AllowSynchronousContinuations = true,   // only wakes the thread; otherwise it would wait for the thread pool
        });

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ArrayBufferWriter<byte> _text = new(MaxBytes);
    private readonly IZLoggerFormatter _formatter;
    private readonly Lazy<ILogger> _logger;
    private long _dropped;
    private long _reported;

    /// <param name="options">Give each line its form.</param>
    /// <param name="logger">Takes the line about dropped lines. It writes here too, so it is made late.</param>
    public LogWriter(ZLoggerOptions options, Func<ILogger> logger)
    {
        (_formatter, _logger) = (options.CreateFormatter(), new(logger));
        new Thread(Run) { Name = "log", IsBackground = true }.Start();   // a background thread: one that is blocked must not keep the process
    }

    public void Post(IZLoggerEntry log)
    {
        if (_pending.Writer.TryWrite(log)) return;

        log.Return();
        Drop(1);
    }

    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await Task.WhenAny(_ended.Task, Task.Delay(Patience, TimeProvider.System));
    }

    private void Run()
    {
        using var output = Console.OpenStandardOutput();
        while (_pending.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Write(output);
            if (_pending.Reader.Count == 0) Report();
        }

        _ended.SetResult();
    }

    private void Write(Stream output)
    {
        var lines = 0;
        try
        {
            for (; _text.WrittenCount < MaxBytes && _pending.Reader.TryRead(out var entry); lines++) Format(entry);
            output.Write(_text.WrittenSpan);
        }
        catch (IOException)
        {
            Drop(lines);   // standard output is a file on a full disk, for example
        }

        _text.ResetWrittenCount();
    }

    private void Format(IZLoggerEntry entry)
    {
        try
        {
            _formatter.FormatLogEntry(_text, entry);
            if (_formatter.WithLineBreak) _text.Write("\n"u8);
        }
        catch (Exception)
        {
            Drop(1);   // a value that cannot be written must not end the log
        }
        finally
        {
            entry.Return();
        }
    }

    private void Drop(int lines)
    {
        Interlocked.Add(ref _dropped, lines);
        Telemetry.DroppedLogLines.Add("", lines);
    }

    private void Report()
    {
        var dropped = Interlocked.Read(ref _dropped);
        if (dropped == _reported) return;

        try
        {
            Log.Dropped(_logger.Value, dropped - _reported);
            _reported = dropped;
        }
        catch (ObjectDisposedException)
        {
            // The process is ending.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} log lines were dropped because standard output was not read or could not be written; lines are written again now. No delivery was lost by it")]
        public static partial void Dropped(ILogger logger, long count);
    }
}

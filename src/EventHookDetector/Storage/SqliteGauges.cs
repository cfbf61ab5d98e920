using EventHookDetector.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Storage;

/// <summary>Shows how long SQLite's write-ahead log is, and warns when it has become very long.</summary>
internal sealed partial class SqliteGauges(IOptions<StorageOptions> options, ILogger<SqliteGauges> logger) : IGaugeSource
{
    public const long Long = 256L * 1024 * 1024;

    private bool _isLong;

    public Task ReadAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Provider != StorageProvider.Sqlite) return Task.CompletedTask;

        var log = new FileInfo($"{Path.GetFullPath(new SqliteConnectionStringBuilder(options.Value.ConnectionString).DataSource)}-wal");
        var length = log.Exists ? log.Length : 0;
        Telemetry.WriteAheadLog.Set("", length);
        if (length >= Long && !_isLong) Log.IsLong(logger, log.FullName, length / 1024 / 1024);
        _isLong = length >= Long;
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{File} has grown to {Mebibytes} MiB, for another program reads the database without end. End that program (fuser {File} names it), and the file shrinks again")]
        public static partial void IsLong(ILogger logger, string file, long mebibytes);
    }
}

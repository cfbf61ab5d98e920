using System.Data.Common;
using System.Globalization;
using Dapper;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.EventHook;

/// <summary>
/// When Okta last delivered, and how many requests to the hook were refused (401) in the last hour. Each process counts in memory, and
/// writes its numbers into a row of its own every few seconds. So each replica can show the sum, and no delivery writes for it.
/// </summary>
internal sealed class HookActivity(SharedCommit commit, TimeProvider clock)
{
    private const int Minutes = 60;
    private const int MostCounted = 1001;

    // A row that no process writes any more; only the one with the last delivery is still needed then.
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    private readonly string _process = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
    private readonly Lock _lock = new();
    private readonly (long Minute, long Count)[] _refused = new (long, long)[Minutes];
    private long _deliveredTicks;
    private long _refusals;
    private (long Delivered, long Refusals) _written;

    /// <summary>Notes a delivery that held the secret.</summary>
    public void Delivered() => Volatile.Write(ref _deliveredTicks, clock.GetUtcNow().UtcTicks);

    /// <summary>Notes a request without the secret.</summary>
    public void Refused()
    {
        var minute = MinuteOf(clock.GetUtcNow());
        lock (_lock)
        {
            _refusals++;
            ref var bucket = ref _refused[minute % Minutes];
            bucket = (minute, bucket.Minute == minute ? bucket.Count + 1 : 1);
        }
    }

    /// <summary>Writes what has changed since the last time, if anything.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        string refused;
        (long Delivered, long Refusals) state;
        lock (_lock)
        {
            state = (Volatile.Read(ref _deliveredTicks), _refusals);
            refused = string.Join(' ', _refused.Where(bucket => bucket.Count > 0).Select(bucket => string.Create(CultureInfo.InvariantCulture, $"{bucket.Minute}:{bucket.Count}")));
        }

        if (_written == state) return;

        await commit.RunAsync(transaction => WriteAsync(transaction, LastDelivery, refused), cancellationToken);
        _written = state;
    }

    /// <summary>The sum over all processes: this one as it is now, the others as they last wrote.</summary>
    public async Task<HookSource> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var others = (await connection.QueryAsync<Row>(new CommandDefinition(
            "SELECT last_delivery_at, refused FROM hook_activity WHERE process <> @Process", new { Process = _process }, cancellationToken: cancellationToken))).ToList();
        var quarantined = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            $"SELECT COUNT(*) FROM (SELECT 1 AS one FROM quarantine WHERE replayed_at IS NULL LIMIT {MostCounted}) AS items", cancellationToken: cancellationToken));
        return new HookSource(
            others.Select(other => other.LastDeliveryAt).Append(LastDelivery).Max(),
            RefusedIn(others.SelectMany(other => other.Buckets)),
            quarantined);
    }

    private DateTimeOffset? LastDelivery => Volatile.Read(ref _deliveredTicks) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    private long RefusedIn(IEnumerable<(long Minute, long Count)> others)
    {
        (long Minute, long Count)[] mine;
        lock (_lock) mine = [.. _refused];
        var last = MinuteOf(clock.GetUtcNow());
        return mine.Concat(others).Where(bucket => bucket.Minute > last - Minutes && bucket.Minute <= last + 1).Sum(bucket => bucket.Count);   // clocks differ
    }

    private async Task<int> WriteAsync(DetectorTransaction transaction, DateTimeOffset? lastDelivery, string refused)
    {
        await transaction.ExecuteAsync(
            """
            INSERT INTO hook_activity (process, last_delivery_at, refused, written_at) VALUES (@Process, @LastDeliveryAt, @Refused, @Now)
            ON CONFLICT (process) DO UPDATE SET last_delivery_at = excluded.last_delivery_at, refused = excluded.refused, written_at = excluded.written_at
            """,
            _process, lastDelivery, refused, transaction.Now);
        return await transaction.ExecuteAsync(
            """
            DELETE FROM hook_activity
            WHERE written_at < @Before AND process <> @Process
              AND (last_delivery_at IS NULL OR last_delivery_at < (SELECT MAX(last_delivery_at) FROM hook_activity))
            """,
            transaction.Now - Forgotten, _process);
    }

    private static long MinuteOf(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerMinute;

    private sealed record Row
    {
        public DateTimeOffset? LastDeliveryAt { get; init; }

        public required string Refused { get; init; }

        public IEnumerable<(long Minute, long Count)> Buckets =>
            from bucket in Refused.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            let parts = bucket.Split(':')
            select (long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}

/// <summary>Counts requests to the hook over all replicas. Numbers of other replicas may be some seconds late.</summary>
/// <param name="LastDeliveryAt">When a delivery last came with the right secret; null if none is on record.</param>
/// <param name="RefusedLastHour">How many requests to the hook were refused (401) in the last hour.</param>
/// <param name="Quarantined">Number of items of the quarantine that were not replayed; 1001 stands for more than a thousand.</param>
internal sealed record HookSource(DateTimeOffset? LastDeliveryAt, long RefusedLastHour, long Quarantined);

/// <summary>Writes the activity of this process every few seconds, and once more at the end.</summary>
internal sealed class HookActivityWriter(HookActivity activity, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await WriteAsync();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await WriteAsync();
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await activity.WriteAsync(CancellationToken.None);
        }
        catch (Exception)
        {
            // The commit has logged its failure. The numbers stay in memory, and the next turn writes them.
        }
    }
}

[Migration(202611300102, "When Okta last delivered")]
public sealed class CreateHookActivity : SqlMigration
{
    protected override string Sql =>
        """
        CREATE TABLE hook_activity (
            process TEXT NOT NULL PRIMARY KEY,
            last_delivery_at {time} NULL,
            refused TEXT NOT NULL,
            written_at {time} NOT NULL
        )
        """;
}

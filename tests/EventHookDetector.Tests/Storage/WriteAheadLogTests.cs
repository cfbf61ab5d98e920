using System.Net;
using EventHookDetector.Tests.Support;
using Microsoft.Data.Sqlite;

namespace EventHookDetector.Tests.Storage;

[Trait("Engine", "Sqlite")]
public sealed class WriteAheadLogTests : IAsyncDisposable
{
    private const long Limit = 32L * 1024 * 1024;

    private readonly DetectorApp _detector = new();

    private string DatabaseFile => new SqliteConnectionStringBuilder(_detector.Storage.ConnectionString).DataSource;

    private long Length => new FileInfo($"{DatabaseFile}-wal").Length;

    [Fact]
    public async Task It_grows_while_a_reader_stays_is_shown_in_the_metrics_and_shrinks_once_the_reader_has_gone()
    {
        await DeliverAsync();
        await using (var reader = new SqliteConnection($"Data Source={DatabaseFile};Mode=ReadOnly;Pooling=False"))
        {
            await reader.OpenAsync(TestContext.Current.CancellationToken);
            await using var reading = reader.CreateCommand();
            reading.CommandText = "BEGIN; SELECT COUNT(*) FROM alerts";
            await reading.ExecuteScalarAsync(TestContext.Current.CancellationToken);
            for (var delivery = 0; delivery < 60 && Length <= 2 * Limit; delivery++) await DeliverAsync(megabytes: 2);
        }

        Assert.True(Length > Limit, "The reader held up nothing, so nothing was shown.");
        Assert.Equal(Length, (await _detector.MetricsAsync()).Find("sqlite_wal_size_bytes"));

        for (var delivery = 0; delivery < 5; delivery++) await DeliverAsync();
        Assert.InRange(Length, 0, Limit);
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task DeliverAsync(int megabytes = 0)
    {
        var reset = Some.FactorReset(target: Some.Uuid());
        reset["displayMessage"] = new string('x', megabytes * 1024 * 1024);
        using var delivered = await _detector.DeliverAsync(reset);
        Assert.Equal(HttpStatusCode.NoContent, delivered.StatusCode);
    }
}

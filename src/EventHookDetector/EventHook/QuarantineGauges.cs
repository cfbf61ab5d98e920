using Dapper;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.EventHook;

/// <summary>How much of the quarantine nobody has replayed yet.</summary>
internal sealed class QuarantineGauges(Database database) : IGaugeSource
{
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        Telemetry.QuarantineItems.Set("", await connection.ExecuteScalarAsync<long>(
            new CommandDefinition("SELECT COUNT(*) FROM quarantine WHERE replayed_at IS NULL", cancellationToken: cancellationToken)));
    }
}

[Migration(202611240121, "Items of the quarantine that nobody has replayed")]
public sealed class AddQuarantineIndex : SqlMigration
{
    // The items themselves are long, and to count them would be to read them.
    protected override string Sql => "CREATE INDEX quarantine_not_replayed ON quarantine (id) WHERE replayed_at IS NULL";
}

using Dapper;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.EventHook;

/// <summary>How much of the quarantine nobody has replayed yet.</summary>
internal sealed class QuarantineGauges(Database database) : IGaugeSource
{
    public const string Count = "SELECT COUNT(*) FROM quarantine WHERE replayed_at IS NULL";

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        Telemetry.QuarantineItems.Set("", await connection.ExecuteScalarAsync<long>(
            new CommandDefinition(Count, cancellationToken: cancellationToken)));
    }
}

[Migration(202611240121, "Items of the quarantine that nobody has replayed")]
public sealed class AddQuarantineIndex : SqlMigration
{
    // The items themselves are long, and to count them would be to read them.
    protected override string Sql => "CREATE INDEX quarantine_not_replayed ON quarantine (replayed_at) WHERE replayed_at IS NULL";
}

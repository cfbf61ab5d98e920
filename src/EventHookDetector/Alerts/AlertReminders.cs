using Dapper;
using EventHookDetector.Storage;
using FluentMigrator;
using FluentValidation;

namespace EventHookDetector.Alerts;

/// <summary>How alerts are looked after.</summary>
internal sealed class AlertsOptions
{
    public const string Section = "Alerts";

    /// <summary>
    /// How long an alert may be neither acknowledged nor closed before notifiers with <c>Reminders</c> are told once more.
    /// Default: one hour.
    /// </summary>
    public TimeSpan RemindAfter { get; set; } = TimeSpan.FromHours(1);

    internal sealed class Validator : AbstractValidator<AlertsOptions>
    {
        public Validator() => RuleFor(o => o.RemindAfter)
            .InclusiveBetween(TimeSpan.FromMinutes(1), TimeSpan.FromDays(7))
            .WithMessage("must lie between 00:01:00 and 7.00:00:00");
    }
}

/// <summary>Which alerts nobody has taken up. Each is given out once.</summary>
internal static class AlertReminders
{
    // What is older than that when reminders are switched on is history, not something to wake people for.
    private static readonly TimeSpan LongestLate = TimeSpan.FromDays(1);

    private const string Owed =
        "outcome = 'alerted' AND status = 'open' AND reminded_at IS NULL AND received_at <= @Before AND received_at > @History";

    /// <summary>Asked often, so it only reads.</summary>
    public static async Task<bool> IsAnyOwedAsync(Database database, DateTimeOffset receivedBefore, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            $"SELECT EXISTS (SELECT 1 FROM alerts WHERE {Owed})",
            new { Before = receivedBefore, History = receivedBefore - LongestLate },
            cancellationToken: cancellationToken));
    }

    /// <returns>The ids of alerts that are due, each to exactly one caller.</returns>
    public static async Task<IReadOnlyList<string>> TakeAsync(DetectorTransaction transaction, DateTimeOffset receivedBefore) =>
        [.. await transaction.ReadAsync(
            $"UPDATE alerts SET reminded_at = @Now WHERE {Owed} RETURNING id", row => row.GetString(0),
            transaction.Now, receivedBefore, receivedBefore - LongestLate)];
}

[Migration(202611240010, "Reminders")]
public sealed class AddReminders : SqlMigration
{
    protected override string Sql => "CREATE INDEX alerts_to_remind ON alerts (received_at) WHERE outcome = 'alerted' AND status = 'open' AND reminded_at IS NULL";
}

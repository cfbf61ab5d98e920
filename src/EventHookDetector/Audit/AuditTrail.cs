using System.Text.Json;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;

namespace EventHookDetector.Audit;

/// <summary>
/// Where acts are written down: in the transaction of the act itself, so that neither can exist without the other. It is one insert;
/// the chain is made later (see <see cref="AuditSealer"/>), and nobody waits for it.
/// </summary>
internal static class AuditTrail
{
    /// <summary>Who decides when nobody is asked.</summary>
    public const string Detector = "the detector";

    /// <param name="transaction">The one in which it is done. What cannot be done in a transaction is written down before it is done.</param>
    /// <param name="act">A word of <see cref="AuditAct"/>.</param>
    /// <param name="who">The operator's name, or <see cref="Detector"/>.</param>
    /// <param name="subject">The id of what it was done to, and never text of a person: it cannot be blanked.</param>
    /// <param name="details">What else one will want to know, such as a note; becomes JSON.</param>
    public static Task<int> AddAsync(DetectorTransaction transaction, string act, string who, string subject, object? details = null) =>
        transaction.ExecuteAsync(
            "INSERT INTO audit_entries (id, at, who, act, subject, details) VALUES (@Id, @At, @Who, @Act, @Subject, @Details)",
            IdAt(transaction.Now), transaction.Now, who, act, InOneLine(subject),
            details is null ? null : JsonSerializer.Serialize(details, ApiJson.Options));

    // A backtest's clock may stand before 1970, where such ids begin.
    private static string IdAt(DateTimeOffset now) => Guid.CreateVersion7(now < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : now).ToString();

    // What is hashed is put together line by line, so that a line must not be able to hold two.
    private static string InOneLine(string subject) => subject.ReplaceLineEndings(" ");
}

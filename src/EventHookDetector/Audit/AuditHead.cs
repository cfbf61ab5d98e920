using System.Data;
using System.Data.Common;
using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Audit;

/// <summary>How long the chain is and how it ends; and who makes it longer at the moment.</summary>
internal sealed record AuditHead
{
    public static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(10);

    public required long Number { get; init; }

    public required string Hash { get; init; }

    public string? Lease { get; init; }

    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Whether somebody else is at it. A lease that ends later than any that was given out now was given out by a clock that has been set back since.</summary>
    public bool IsLeasedToAnother(string lease, DateTimeOffset now) => Lease != lease && LeaseUntil > now && LeaseUntil <= now + LeaseLength;

    public static async Task<AuditHead> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.QuerySingleOrDefaultAsync<AuditHead>(new CommandDefinition(
                "SELECT number, hash, lease, lease_until FROM audit_head", cancellationToken: cancellationToken))
                ?? throw new InvalidOperationException("The table audit_head holds no row. Only somebody who changed the database by hand can have taken it away.");
        }
        catch (DataException fault)
        {
            throw new UnreadableRowException($"The row of audit_head cannot be read: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    /// <summary>Puts the head forward, and takes the lease or holds on to it.</summary>
    /// <returns>False if it is no longer the head that was read, or somebody else has the lease: then nothing may be sealed behind it.</returns>
    public async Task<bool> TryMoveAsync(DetectorTransaction transaction, AuditEntry last, string lease) =>
        await transaction.ExecuteAsync(
            """
            UPDATE audit_head SET number = @Number, hash = @Hash, lease = @Lease, lease_until = @Until
            WHERE number = @OldNumber AND hash = @OldHash AND (lease = @Lease OR lease_until IS NULL OR lease_until <= @Now OR lease_until > @Until)
            """,
            last.Number, last.Hash, lease, transaction.Now + LeaseLength, Number, Hash, transaction.Now) == 1;
}

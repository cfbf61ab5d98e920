using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;
using EventHookDetector.Storage;

namespace EventHookDetector.Audit;

/// <summary>Which acts to list; what is null does not matter.</summary>
internal sealed record AuditFilter(string? Act, string? Who, string? Subject, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>Reads the audit back: the newest for people, or all of the chain from its beginning.</summary>
internal sealed class AuditReader(Database database)
{
    public const string NewestFirst = "ORDER BY id DESC LIMIT @Limit";
    public const string Waiting = "WHERE number IS NULL ORDER BY id LIMIT @Limit";
    public const string Next = "WHERE number > @After ORDER BY number LIMIT @Limit";

    private const int ChainPage = 1000;

    // Of an id, which is a UUID of version 7, this much is the time.
    private const int TimeOfAnId = 13;
    private const string Columns = "number, id, at, who, who_salt, who_digest, act, subject, details, details_salt, details_digest, hash";

    /// <summary>Newest first, whether sealed or not.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(AuditFilter filter, string? before, int limit, CancellationToken cancellationToken)
    {
        var where = Which(filter, before);
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await ReadAsync(connection, $"{where} {NewestFirst}", where.With("Limit", limit).Values, cancellationToken);
    }

    public static Where Which(AuditFilter filter, string? before)
    {
        // One index is to find them: what was done to one thing is the least, and the detector's own decisions are the most. The
        // concatenation keeps the engine from choosing another.
        var bySubject = filter.Subject is not null;
        var byWho = !bySubject && filter.Who is not null && !(filter.Who == AuditTrail.Detector && filter.Act is not null);
        return new Where()
            .And("subject = @Subject", "Subject", filter.Subject)
            .And(byWho ? "who = @Who" : "who || '' = @Who", "Who", filter.Who)
            .And(bySubject || byWho ? "act || '' = @Act" : "act = @Act", "Act", filter.Act)
            .And("at >= @From", "From", filter.From)
            .And("id >= @Earliest", "Earliest", TimeOf(filter.From))
            .And("at < @To", "To", filter.To)
            .And("id < @Latest", "Latest", TimeOf(filter.To, TimeSpan.FromMilliseconds(1)))
            .And("id < @Before", "Before", before);
    }

    public async Task<AuditHead> HeadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await AuditHead.ReadAsync(connection, cancellationToken);
    }

    /// <summary>All that is sealed, by number; read in pages, for it may take longer than one statement may.</summary>
    public async IAsyncEnumerable<AuditEntry> ChainAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var after = long.MinValue; ;)
        {
            IReadOnlyList<AuditEntry> page;
            await using (var connection = await database.OpenForReadingAsync(cancellationToken))
                page = await ReadAsync(connection, Next, new { After = after, Limit = ChainPage }, cancellationToken);
            if (page.Count == 0) yield break;

            foreach (var entry in page) yield return entry;
            after = page[^1].Number!.Value;
        }
    }

    /// <summary>How many rows are not in the chain yet.</summary>
    public async Task<long> CountWaitingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenForReadingAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "SELECT COUNT(*) FROM audit_entries WHERE number IS NULL", cancellationToken: cancellationToken));
    }

    /// <summary>What is not in the chain yet, oldest first.</summary>
    public static Task<IReadOnlyList<AuditEntry>> WaitingAsync(DbConnection connection, int limit, CancellationToken cancellationToken) =>
        ReadAsync(connection, Waiting, new { Limit = limit }, cancellationToken);

    /// <exception cref="UnreadableRowException">Somebody has put a value into a row that nobody can have written there.</exception>
    private static async Task<IReadOnlyList<AuditEntry>> ReadAsync(DbConnection connection, string which, object values, CancellationToken cancellationToken)
    {
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition($"SELECT {Columns} FROM audit_entries {which}", values, cancellationToken: cancellationToken));
        var parse = reader.GetRowParser<AuditEntry>();
        var entries = new List<AuditEntry>();
        while (await reader.ReadAsync(cancellationToken)) entries.Add(Read(reader, parse));
        return entries;
    }

    private static AuditEntry Read(DbDataReader reader, Func<DbDataReader, AuditEntry> parse)
    {
        try
        {
            // A fraction would be cut off, and the row be found again behind itself.
            return reader.GetValue(0) is long or int or DBNull ? parse(reader) : throw new DataException("number is no whole number");
        }
        catch (DataException fault)
        {
            throw new UnreadableRowException($"The row of number {reader.GetValue(0)} ({reader.GetValue(1)}) cannot be read: {fault.Message.TrimEnd('.')}.", fault);
        }
    }

    /// <summary>What sorts before the ids of that millisecond, and behind all earlier ones.</summary>
    private static string? TimeOf(DateTimeOffset? at, TimeSpan later = default)
    {
        if (at is not { } time) return null;

        var ticks = Math.Clamp(time.UtcTicks + later.Ticks, DateTimeOffset.UnixEpoch.Ticks, DateTimeOffset.MaxValue.Ticks);
        return Guid.CreateVersion7(new DateTimeOffset(ticks, TimeSpan.Zero)).ToString()[..TimeOfAnId];
    }
}

using System.Data.Common;
using EventHookDetector.Hosting;
using EventHookDetector.Storage;
using static EventHookDetector.Hosting.ProgressLine;

namespace EventHookDetector.Audit;

/// <summary><c>verify-audit</c>: does every row of the audit still say what it said, and is none missing?</summary>
internal static class VerifyAuditCommand
{
    private const int Broken = 1;
    private const int CouldNotLook = 2;
    private const int Interrupted = 130;

    private const string Usage =
        """
        Usage: EventHookDetector verify-audit [--head HASH] [--export FILE]

        Goes along the chain of the audit in the database of Storage:ConnectionString and finds any row that was altered, removed or put elsewhere.
        The detector may run meanwhile. Nothing is written.

          --head HASH    a head that was noted earlier (from GET /api/audit, from the log, or from this command): is it still in the chain?
          --export FILE  looks at what GET /api/audit/export gave, and needs no database

        Ends with 0 if the chain holds; with 1 if not, and says where it breaks; with 2 if it could not look, or was called otherwise than this.
        """;

    public static async Task<int> RunAsync(string[] words)
    {
        if (words is ["--help" or "-h"])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        if (Read(words) is not { } asked) return await Commands.RefuseAsync(Usage, CouldNotLook);

        using var stop = new Interruption();
        var check = new AuditCheck(asked.Head);
        try
        {
            if (asked.Export is { } file) return Tell(check, await OfExportAsync(check, file, stop.Token));

            await using var services = Commands.CreateServices().AddStorage().AddAudit().BuildServiceProvider();
            var faults = services.FindConfigurationFaults();
            return faults.Count > 0 ? Commands.RefuseToStart(faults) : Tell(check, await OfDatabaseAsync(check, services.GetRequiredService<AuditReader>(), stop.Token));
        }
        catch (Exception) when (stop.Token.IsCancellationRequested)   // a driver may say otherwise that it was cancelled
        {
            return Interrupted;
        }
        catch (UnreadableRowException fault)
        {
            check.Add(fault);
            return Tell(check, waiting: 0);
        }
        catch (DbException fault)
        {
            return await Commands.RefuseAsync($"The database of Storage:ConnectionString cannot be read: {fault.Message.TrimEnd('.')}. If no detector of this version has worked on it yet, it holds no audit.", CouldNotLook);
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException or InvalidOperationException)
        {
            return await Commands.RefuseAsync(fault.Message, CouldNotLook);
        }
    }

    /// <returns>How many rows are not in the chain yet.</returns>
    private static async Task<long> OfDatabaseAsync(AuditCheck check, AuditReader reader, CancellationToken cancellationToken)
    {
        var before = await reader.HeadAsync(cancellationToken);
        var hashThere = before.Number == 0 ? AuditChain.Beginning : null;
        await FollowAsync(check, reader.ChainAsync(cancellationToken), before.Number, entry =>
        {
            if (entry.Number == before.Number) hashThere = entry.Hash;
        });
        check.Compare(before, hashThere, await reader.HeadAsync(cancellationToken));
        return await reader.CountWaitingAsync(cancellationToken);
    }

    private static async Task<long> OfExportAsync(AuditCheck check, string file, CancellationToken cancellationToken)
    {
        await using var export = File.OpenRead(file);
        await FollowAsync(check, AuditExport.ReadAsync(export, cancellationToken), total: null, _ => { });
        return 0;
    }

    private static async Task FollowAsync(AuditCheck check, IAsyncEnumerable<AuditEntry> chain, long? total, Action<AuditEntry> seen)
    {
        var line = new ProgressLine(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);
        var rows = 0L;
        void Show() => line.Write(total > 0 ? Math.Min(1, (double)rows / total.Value) : null, [Invariant($"{rows:N0} rows read")]);
        try
        {
            await foreach (var entry in chain)
            {
                rows++;
                check.Add(entry);
                seen(entry);
                if (line.IsDue) Show();
            }
        }
        finally
        {
            Show();
            line.End();
        }
    }

    private static int Tell(AuditCheck check, long waiting)
    {
        Console.WriteLine(check.Fault ?? "The chain holds.");
        Console.WriteLine(Invariant($"Rows that hold: {check.Number:N0}{(check.At is { } at ? $", the last at {at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : "")}"));
        Console.WriteLine($"Head: {check.Hash}");
        if (check.NotedNumber is { } noted) Console.WriteLine(Invariant($"The head that was noted is number {noted}: all up to there is as it was then."));
        if (check.Blanked > 0) Console.WriteLine(Invariant($"Text of a person was taken away from: {check.Blanked:N0}"));
        if (waiting > 0) Console.WriteLine(Invariant($"Not sealed yet, and so not verified: {waiting:N0}"));
        return check.Fault is null ? 0 : Broken;
    }

    private static Asked? Read(string[] words)
    {
        var asked = new Asked(Head: null, Export: null);
        for (var at = 0; at < words.Length; at += 2)
        {
            var value = at + 1 < words.Length ? words[at + 1] : "";
            if (words[at] == "--head" && asked.Head is null && value.Length == AuditChain.Beginning.Length && value.All(char.IsAsciiHexDigit)) asked = asked with { Head = value.ToLowerInvariant() };
            else if (words[at] == "--export" && asked.Export is null && value.Length > 0) asked = asked with { Export = value };
            else return null;
        }

        return asked;
    }

    private sealed record Asked(string? Head, string? Export);
}

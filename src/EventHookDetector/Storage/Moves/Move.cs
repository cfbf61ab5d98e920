namespace EventHookDetector.Storage.Moves;

/// <summary>
/// Everything that is in a SQLite file, brought into a PostgreSQL database. It knows no table by name: the catalogues of both engines say
/// what there is. Ended at any moment and begun again, it goes on behind the last batch that was committed.
/// </summary>
internal sealed class Move(MoveSource source, MoveTarget target, MoveProgress progress)
{
    public async Task<MoveResult> RunAsync(CancellationToken cancellationToken)
    {
        var tables = await PrepareAsync(cancellationToken);
        var counts = tables.ToDictionary(table => table.Name, source.Count, StringComparer.Ordinal);
        var record = await target.ReadRecordAsync(tables, cancellationToken);
        if (tables.Any(table => !record.ContainsKey(table.Name)))
            throw new MoveRefusedException("A move into this database was begun by an older version, which knew fewer tables. Make the database anew (DROP DATABASE, CREATE DATABASE) and begin again.");

        var sums = SumAgain(tables, counts, record, cancellationToken);
        if (record.Values.Select(rows => rows.FinishedAt).Min() is { } finishedAt) return Finished(tables, counts, sums, finishedAt);

        var copied = await CopyAsync(tables, counts, sums, cancellationToken);
        var comparison = await CompareAsync(tables, counts, sums, cancellationToken);
        if (comparison.All(table => table.Agrees)) await target.FinishAsync(cancellationToken);
        foreach (var sum in sums.Values) sum.Dispose();
        return new(comparison, copied, FinishedAt: null);
    }

    private async Task<IReadOnlyList<Table>> PrepareAsync(CancellationToken cancellationToken)
    {
        var names = source.ReadTableNames();
        if (names.Count == 0) throw new MoveRefusedException("The file of Storage:ConnectionString holds no tables: no detector has ever used it.");

        await target.DemandReadyAsync(names, cancellationToken);
        await target.MigrateAsync(cancellationToken);
        if (!source.ReadVersions().SequenceEqual(await target.ReadVersionsAsync(cancellationToken)))
            throw new MoveRefusedException("The file was last used by another version of the detector than this one. Start this version on the file once, with its settings as they are, stop it, and try again.");

        var tables = new List<Table>();
        foreach (var name in names)
        {
            var columns = await target.ReadColumnsAsync(name, cancellationToken);
            var table = new Table(name, columns, source.ReadKey(name));
            if (!source.ReadColumnNames(name).Order(StringComparer.Ordinal).SequenceEqual(columns.Select(column => column.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal))
                throw new MoveRefusedException($"The table {name} has not the same columns on both sides, so somebody has changed it by hand. Take away what was added.");

            tables.Add(table);
        }

        return tables;
    }

    /// <summary>
    /// The file must still hold what was copied from it. A detector that was started on it again may have changed any row, and a copy of half
    /// the old and half the new is true of no moment.
    /// </summary>
    private Dictionary<string, RowSum> SumAgain(
        IReadOnlyList<Table> tables, Dictionary<string, long> counts, IReadOnlyDictionary<string, MovedRows> record, CancellationToken cancellationToken)
    {
        var sums = tables.ToDictionary(table => table.Name, _ => new RowSum(), StringComparer.Ordinal);
        var done = record.Values.Sum(rows => rows.RowCount);
        if (done == 0) return sums;

        progress.Begin("Checking what was copied before", done);
        foreach (var table in tables)
        {
            var (rows, sum) = (record[table.Name], sums[table.Name]);
            if (rows.LastKey is null) continue;

            progress.BeginTable(table.Name, counts[table.Name]);
            foreach (var row in source.ReadUpTo(table, RowKey.Read(rows.LastKey)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                sum.Add(row.Values);
                progress.Add(1);
            }

            using var before = RowSum.Parse(rows.RowCount, rows.RowSum);
            if (!sum.Agrees(before)) throw new MoveRefusedException(Changed(table.Name, rows.FinishedAt));
        }

        progress.End();
        return sums;
    }

    private async Task<long> CopyAsync(
        IReadOnlyList<Table> tables, Dictionary<string, long> counts, Dictionary<string, RowSum> sums, CancellationToken cancellationToken)
    {
        var record = await target.ReadRecordAsync(tables, cancellationToken);
        var before = sums.Values.Sum(sum => sum.Rows);
        progress.Begin("Copying", counts.Values.Sum(), before);
        foreach (var table in tables)
        {
            var sum = sums[table.Name];
            progress.BeginTable(table.Name, counts[table.Name], sum.Rows);
            var lastKey = record[table.Name].LastKey is { } key ? RowKey.Read(key) : null;
            await target.CopyAsync(table, source.ReadAfter(table, lastKey), sum, progress.Add, cancellationToken);
            await target.CountOnAsync(table, cancellationToken);
        }

        progress.End();
        return sums.Values.Sum(sum => sum.Rows) - before;
    }

    private async Task<IReadOnlyList<MovedTable>> CompareAsync(
        IReadOnlyList<Table> tables, Dictionary<string, long> counts, Dictionary<string, RowSum> sums, CancellationToken cancellationToken)
    {
        var comparison = new List<MovedTable>();
        progress.Begin("Comparing", counts.Values.Sum());
        foreach (var table in tables)
        {
            progress.BeginTable(table.Name, counts[table.Name]);
            using var there = await target.SumAsync(table, progress.Add, cancellationToken);
            comparison.Add(new(table.Name, counts[table.Name], there.Rows, HasSameRows: there.Agrees(sums[table.Name])));
        }

        progress.End();
        return comparison;
    }

    // What the target holds by now is nobody's business here: a detector may have been at work on it since.
    private static MoveResult Finished(IReadOnlyList<Table> tables, Dictionary<string, long> counts, Dictionary<string, RowSum> sums, DateTimeOffset finishedAt)
    {
        if (tables.FirstOrDefault(table => counts[table.Name] != sums[table.Name].Rows) is { } grown) throw new MoveRefusedException(Changed(grown.Name, finishedAt));

        return new([], Copied: 0, finishedAt);
    }

    private static string Changed(string table, DateTimeOffset? finishedAt) => finishedAt is null
        ? $"The file has changed since a part of it was copied (in the table {table}): a detector was at work on it in between. Make the target anew (DROP DATABASE, CREATE DATABASE) and begin again."
        : $"Everything was brought over on {finishedAt:u}, and the file has changed since (in the table {table}): a detector went on working on it. If none has worked on the target yet, make that anew (DROP DATABASE, CREATE DATABASE) and begin again. If one has, each holds alerts that the other does not: leave both, and read the file with a detector of its own.";
}

/// <param name="Tables">What is there now, beside what should be.</param>
/// <param name="Copied">How many rows this run has brought.</param>
/// <param name="FinishedAt">When an earlier run had brought everything, so that nothing was left to do.</param>
internal sealed record MoveResult(IReadOnlyList<MovedTable> Tables, long Copied, DateTimeOffset? FinishedAt);

/// <param name="Name">The table.</param>
/// <param name="Source">How many rows the source counts.</param>
/// <param name="Target">How many the target holds.</param>
/// <param name="HasSameRows">Whether those of the target say what was read from the source.</param>
internal sealed record MovedTable(string Name, long Source, long Target, bool HasSameRows)
{
    public bool Agrees => Source == Target && HasSameRows;
}

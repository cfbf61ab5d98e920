using System.Buffers.Binary;
using System.Data.Common;
using Dapper;

namespace EventHookDetector.Storage;

/// <summary>
/// One piece of work inside a shared commit. It travels with the work as an argument; nothing about it is ambient. What is
/// done through it is on disk when the call that handed the work in returns, or nowhere.
/// </summary>
internal sealed class DetectorTransaction(Database database, PreparedStatements statements, DbTransaction transaction, DateTimeOffset now)
{
    private List<Action>? _afterCommit;

    /// <summary>The time at which the transaction began.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>See <see cref="Database.SkipLocked"/>.</summary>
    public string SkipLocked => database.SkipLocked;

    /// <summary>Makes whoever names the same key, in another transaction, wait for the end of this one.</summary>
    /// <param name="key">At least eight bytes that are as good as random.</param>
    public Task LockAsync(byte[] key, CancellationToken cancellationToken) => database.Lock is { } sql
        ? ExecuteAsync(sql, cancellationToken, BinaryPrimitives.ReadInt64LittleEndian(key))
        : Task.CompletedTask;

    /// <returns>How many rows it changed: where several may race, this is the verdict.</returns>
    /// <param name="sql">A statement with named parameters. It is prepared once and kept, so build no SQL from values.</param>
    /// <param name="cancellationToken">Ends the statement.</param>
    /// <param name="values">One value for each parameter, in the order in which the names first appear in the SQL.</param>
    public Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params ReadOnlySpan<object?> values) =>
        statements.Get(sql, transaction, values).ExecuteNonQueryAsync(cancellationToken);

    /// <summary>For a statement about so many rows that each is a value of its own; it is not kept.</summary>
    /// <returns>How many rows it changed.</returns>
    public Task<int> ExecuteAsync(string sql, Where where) => transaction.Connection!.ExecuteAsync(sql, where.Values, transaction);

    /// <summary>Reads one row, by a statement that is prepared once and kept.</summary>
    /// <returns>What was read; the default if there is no row.</returns>
    public async Task<T?> ReadFirstAsync<T>(string sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params object?[] values)
    {
        await using var reader = await statements.Get(sql, transaction, values).ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? read(reader) : default;
    }

    /// <summary>Reads inside the transaction; for changes that report what they changed (RETURNING).</summary>
    public Task<IEnumerable<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        transaction.Connection!.QueryAsync<T>(sql, parameters, transaction);

    /// <summary>Runs once the commit is on disk, and never if it fails. It must be quick and must not throw.</summary>
    public void AfterCommit(Action action) => (_afterCommit ??= []).Add(action);

    public void Committed() => _afterCommit?.ForEach(action => action());
}

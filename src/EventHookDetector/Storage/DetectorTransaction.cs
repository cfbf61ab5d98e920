using System.Buffers.Binary;
using System.Data.Common;
using Dapper;

namespace EventHookDetector.Storage;

/// <summary>
/// One piece of work inside a shared commit. It travels with the work as an argument; nothing about it is ambient. What is
/// done through it is on disk when the call that handed the work in returns, or nowhere.
/// </summary>
internal sealed class DetectorTransaction(Database database, Statements statements, SharedReadings readings, DateTimeOffset now)
{
    private List<Action>? _afterCommit;
    private bool _isAlone;

    /// <summary>The time at which the transaction began.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>See <see cref="Database.SkipLocked"/>.</summary>
    public string SkipLocked => database.SkipLocked;

    /// <summary>Makes whoever names the same key, in another transaction, wait for the end of this one.</summary>
    /// <param name="key">At least eight bytes that are as good as random.</param>
    /// <remarks>What follows need not wait for it: statements run in the order in which they were handed in.</remarks>
    public Task LockAsync(byte[] key) => database.Lock is { } sql
        ? statements.QueryAsync(sql, _ => true, [BinaryPrimitives.ReadInt64LittleEndian(key)])
        : Task.CompletedTask;

    /// <summary>From its return to the end of the work, nothing else happens in the same commit: for those who read first and then write.</summary>
    public Task AloneAsync()
    {
        if (_isAlone) return Task.CompletedTask;

        _isAlone = true;
        return statements.AloneAsync();
    }

    /// <summary>Reads once for all that is done in the same commit.</summary>
    /// <param name="key">What is read, the same object for each who wants it.</param>
    /// <param name="read">Done by the first who asks.</param>
    public Task<T> OnceAsync<T>(object key, Func<Task<T>> read) => readings.OnceAsync(key, read);

    /// <returns>How many rows it changed: where several may race, this is the verdict.</returns>
    /// <param name="sql">A statement with named parameters that answers no rows. It is prepared once and kept, so build no SQL from values.</param>
    /// <param name="values">One value for each parameter, in the order in which the names first appear in the SQL.</param>
    public Task<int> ExecuteAsync(string sql, params ReadOnlySpan<object?> values) => statements.ExecuteAsync(sql, values);

    /// <summary>The same with the values of a condition.</summary>
    public Task<int> ExecuteAsync(string sql, Where where) => statements.ExecuteAsync(sql, where.ValuesFor(sql));

    /// <summary>Reads inside the transaction, or changes and reports what was changed (RETURNING).</summary>
    /// <returns>A <typeparamref name="T"/> for each row, its properties named like the columns.</returns>
    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, params ReadOnlySpan<object?> values)
    {
        Func<DbDataReader, T>? parser = null;
        return statements.QueryAsync(sql, row => (parser ??= row.GetRowParser<T>())(row), values);
    }

    /// <summary>The same for a few columns, without looking for properties.</summary>
    public Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<IRow, T> row, params ReadOnlySpan<object?> values) =>
        statements.ReadAsync(sql, row, values);

    /// <summary>The same with the values of a condition.</summary>
    public Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<IRow, T> row, Where where) => statements.ReadAsync(sql, row, where.ValuesFor(sql));

    /// <summary>Runs once the commit is on disk, and never if it fails. It must be quick and must not throw.</summary>
    public void AfterCommit(Action action) => (_afterCommit ??= []).Add(action);

    public void Committed() => _afterCommit?.ForEach(action => action());
}

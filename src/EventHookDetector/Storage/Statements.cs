using System.Data.Common;

namespace EventHookDetector.Storage;

/// <summary>Runs the statements of a share on the connection of its writer.</summary>
internal abstract class Statements : IDisposable
{
    /// <summary>Runs pieces of work, all of them in one transaction. Returns when the last has ended, or throws.</summary>
    public abstract Task RunAsync(IReadOnlyList<Func<Task>> pieces, DbTransaction transaction);

    /// <returns>How many rows it changed.</returns>
    public abstract Task<int> ExecuteAsync(string sql, ReadOnlySpan<object?> values);

    public abstract Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<IRow, T> row, ReadOnlySpan<object?> values);

    /// <summary>The same for who needs to know what the columns are called.</summary>
    public abstract Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, ReadOnlySpan<object?> values);

    /// <summary>From its return to the end of the piece no other one runs beside it.</summary>
    public abstract Task AloneAsync();

    public abstract void Dispose();
}

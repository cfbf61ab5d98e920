using System.Data.Common;
using System.Runtime.ExceptionServices;
using Npgsql;

namespace EventHookDetector.Storage;

/// <summary>
/// Pieces of work side by side: each trip to the server carries the next statement of every one of them. A trip costs more
/// than a statement does, so a share of sixty needs hardly more of them than a piece by itself.
/// </summary>
/// <remarks>
/// All of it is one transaction, and its statements run one at a time in the order in which they were handed in: what one
/// statement decides stays decided. Who reads first and writes by what was read asks to be alone.
/// </remarks>
internal sealed class StatementRounds(NpgsqlConnection connection) : Statements
{
    private readonly Dictionary<string, (string Sql, int Parameters)> _numbered = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _toBeAlone = new();
    private List<Call> _calls = [];
    private int _running;
    private TaskCompletionSource? _news;
    private Exception? _fault;

    public override async Task RunAsync(IReadOnlyList<Func<Task>> pieces, DbTransaction transaction)
    {
        (_fault, _running) = (null, pieces.Count);
        var all = Task.WhenAll(pieces.Select(RunToItsEndAsync).ToList());
        while (await NextRoundAsync() is { Count: > 0 } round) await SendAsync(round);

        // Once one statement has failed so do all behind it, and only the first fault says why.
        await all.ConfigureAwait(_fault is null ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.SuppressThrowing);
        if (_fault is not null) ExceptionDispatchInfo.Throw(_fault);
    }

    public override Task<int> ExecuteAsync(string sql, ReadOnlySpan<object?> values) => CountAsync(Add(sql, values, read: null));

    public override Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> row, ReadOnlySpan<object?> values)
    {
        var rows = new List<T>();
        return RowsAsync(Add(sql, values, reader => rows.Add(row(reader))), rows);
    }

    public override Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<IRow, T> row, ReadOnlySpan<object?> values) =>
        QueryAsync(sql, reader => row(new RowOfReader(reader)), values);

    public override Task AloneAsync()
    {
        var turn = new TaskCompletionSource();
        lock (_lock) _toBeAlone.Enqueue(turn);
        Pause();
        return turn.Task;
    }

    public override void Dispose()
    {
        // The connection keeps what was prepared.
    }

    private static async Task<int> CountAsync(Call call)
    {
        await call.Done.Task;
        return (int)call.Command.RecordsAffected;
    }

    private static async Task<IReadOnlyList<T>> RowsAsync<T>(Call call, List<T> rows)
    {
        await call.Done.Task;
        return rows;
    }

    private async Task RunToItsEndAsync(Func<Task> piece)
    {
        try
        {
            await piece();
        }
        finally
        {
            Pause();
        }
    }

    private void Pause()
    {
        lock (_lock)
        {
            _running--;
            _news?.TrySetResult();
        }
    }

    private Call Add(string sql, ReadOnlySpan<object?> values, Action<DbDataReader>? read)
    {
        var call = new Call(CommandOf(sql, values), read);
        lock (_lock)
        {
            if (_fault is not null) call.Done.SetException(_fault);
            else _calls.Add(call);
            _news?.TrySetResult();
        }

        return call;
    }

    // Whoever goes on does so before this looks again, so what is found here is all that can be asked for now. A piece that
    // waits for something else comes with a later round.
    private async Task<List<Call>> NextRoundAsync()
    {
        while (true)
        {
            TaskCompletionSource? turn = null;
            var news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                if (_calls.Count > 0)
                {
                    var round = _calls;
                    _calls = [];
                    return round;
                }

                if (_running > 0) _news = news;
                else if (_toBeAlone.TryDequeue(out turn)) _running++;
                else return [];
            }

            if (turn is not null) turn.SetResult();
            else await news.Task;
        }
    }

    private async Task SendAsync(List<Call> round)
    {
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var call in round) batch.BatchCommands.Add(call.Command);
            await ReadAsync(batch, round);
        }
        catch (Exception fault)
        {
            lock (_lock) _fault = fault;
        }

        foreach (var call in round)
        {
            if (_fault is null) call.Done.SetResult();
            else call.Done.SetException(_fault);
        }
    }

    // Only what asks for rows has an answer to be read.
    private static async Task ReadAsync(NpgsqlBatch batch, List<Call> round)
    {
        await using var reader = await batch.ExecuteReaderAsync();
        foreach (var read in round.Select(call => call.Read).OfType<Action<DbDataReader>>())
        {
            while (await reader.ReadAsync()) read(reader);
            await reader.NextResultAsync();
        }

        while (await reader.NextResultAsync())
        {
        }
    }

    private NpgsqlBatchCommand CommandOf(string sql, ReadOnlySpan<object?> values)
    {
        var (numbered, parameters) = Number(sql);
        if (values.Length != parameters)
            throw new ArgumentException($"{values.Length} values for {parameters} parameters: {sql}", nameof(values));

        var command = new NpgsqlBatchCommand(numbered);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter();
            ColumnValue.Set(parameter, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    // Names are turned into numbers once, or it would be done for each call.
    private (string Sql, int Parameters) Number(string sql)
    {
        lock (_lock)
        {
            if (!_numbered.TryGetValue(sql, out var known)) _numbered.Add(sql, known = ParameterNames.Number(sql));
            return known;
        }
    }

    private sealed record Call(NpgsqlBatchCommand Command, Action<DbDataReader>? Read)
    {
        public TaskCompletionSource Done { get; } = new();
    }
}

using EventHookDetector.Hosting;
using static EventHookDetector.Hosting.ProgressLine;

namespace EventHookDetector.Storage.Moves;

/// <summary>How far a move has come, in rows of all tables and of the one that it is at.</summary>
internal sealed class MoveProgress(TextWriter writer, bool isTerminal, TimeProvider clock)
{
    private readonly ProgressLine _line = new(writer, isTerminal, clock);
    private string _step = "", _table = "";
    private long _total, _done, _before, _ofTable, _doneOfTable;
    private TimeSpan _stepAt;

    private double Share => _total == 0 ? 1 : Math.Min(1, (double)_done / _total);

    /// <param name="step">What is being done, as the first word of the line.</param>
    /// <param name="total">How many rows it will be about.</param>
    /// <param name="done">How many of them are done already.</param>
    public void Begin(string step, long total, long done = 0)
    {
        (_step, _table, _total, _done, _before, _stepAt) = (step, "", total, done, done, _line.Elapsed);
        if (done > 0) Write();
    }

    public void BeginTable(string table, long rows, long done = 0) => (_table, _ofTable, _doneOfTable) = (table, rows, done);

    public void Add(long rows)
    {
        _done += rows;
        _doneOfTable += rows;
        if (_line.IsDue) Write();
    }

    /// <summary>Says where the step ended.</summary>
    public void End()
    {
        _table = "";
        Write();
        _line.End();
    }

    private void Write() => _line.Write(Share, Parts(_line.Elapsed - _stepAt));

    private IEnumerable<string?> Parts(TimeSpan elapsed)
    {
        yield return Invariant($"{_step}: {Share:P0}, {_done:N0} of {_total:N0} rows");
        yield return _table.Length == 0 ? null : Invariant($"{_table} {_doneOfTable:N0} of {_ofTable:N0}");
        yield return elapsed > TimeSpan.Zero && _done > _before ? Invariant($"{(_done - _before) / elapsed.TotalSeconds:N0} a second") : null;
        yield return _done > _before ? TimeLeft(elapsed, _total == _before ? 1 : (double)(_done - _before) / (_total - _before)) : null;
    }
}

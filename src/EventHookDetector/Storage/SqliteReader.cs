using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventHookDetector.Storage;

/// <summary>A connection whose statements end soon after the caller has lost interest. SQLite itself never looks at a cancellation token.</summary>
internal sealed class SqliteReader(string connectionString, CancellationToken cancellationToken) : SqliteConnection(connectionString)
{
    // Some tens of microseconds of work.
    private const int StepsBetweenLooks = 1000;

    private bool _isWatched;

    public override void Open()
    {
        base.Open();
        if (!cancellationToken.CanBeCanceled) return;

        raw.sqlite3_progress_handler(Handle, StepsBetweenLooks, _ => cancellationToken.IsCancellationRequested ? 1 : 0, v: null);
        _isWatched = true;
    }

    // The pool hands the same handle to others.
    public override void Close()
    {
        if (_isWatched) raw.sqlite3_progress_handler(Handle, instructions: 0, func: null, v: null);
        _isWatched = false;
        base.Close();
    }
}

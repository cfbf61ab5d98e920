using System.Data.Common;
using FluentMigrator.Runner;

namespace EventHookDetector.Storage;

/// <summary>One of the engines: how to connect to it, and the little in which they differ.</summary>
internal abstract class Database
{
    /// <summary>How many may write at the same time.</summary>
    public abstract int Writers { get; }

    /// <summary>True if a statement occupies its thread until it is done, although its method is asynchronous.</summary>
    public abstract bool BlocksThreads { get; }

    /// <summary>Ends the choice of rows that others may be choosing at the same moment: what they have, we leave to them.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>The statement that makes others who name the same @Key wait for the end of the transaction; null where nobody else writes.</summary>
    public abstract string? Lock { get; }

    /// <summary>For lists and look-ups. It sees what is committed, and cannot hold up a delivery.</summary>
    public abstract Task<DbConnection> OpenForReadingAsync(CancellationToken cancellationToken);

    /// <summary>For writing, through a <see cref="ShareWriter"/>. A commit returns when it is on disk.</summary>
    public abstract Task<DbConnection> OpenForWritingAsync(CancellationToken cancellationToken);

    /// <summary>How the work of a share is done on such a connection.</summary>
    public abstract Statements StatementsOn(DbConnection connection);

    /// <summary>Asked before each commit, where the engine itself would not notice that there is nothing left to write to.</summary>
    /// <remarks>What it throws for a connection that is of no use any longer, it closes too, and the next one is new.</remarks>
    public virtual void DemandReadyToCommit(DbConnection connection)
    {
    }

    /// <summary>Whether the same may succeed if it is done again at once: nothing of it was done, and the cause may be gone.</summary>
    public abstract bool IsWorthAnotherTry(Exception fault);

    /// <summary>Whether the connection is of no use any longer, although it is open.</summary>
    public virtual bool EndsConnection(Exception fault) => false;

    /// <summary>Tells an unavailable server, disk or file from a statement that is wrong.</summary>
    public abstract bool IsUnavailable(Exception fault);

    /// <summary>Keeps the database for this process, where the engine allows only one.</summary>
    public virtual void Claim()
    {
    }

    /// <summary>Names cause and cure of a fault, in a sentence that begins with the key to edit.</summary>
    /// <returns>Null if the fault is not about the database.</returns>
    public virtual string? Explain(Exception fault) => null;

    /// <summary>Sentences about settings of the engine that an operator should know of. Asked once at start.</summary>
    public virtual Task<IReadOnlyList<string>> FindWarningsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>Brings the tables up to date, one process at a time.</summary>
    public abstract Task MigrateAsync(Action migrate, CancellationToken cancellationToken);

    /// <summary>
    /// Asked at start, where <c>migrate-storage</c> may have brought only a part: a detector that knows half of what was told would tell it again.
    /// </summary>
    public virtual Task DemandNothingHalfMovedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public abstract void ConfigureMigrations(IMigrationRunnerBuilder runner);
}

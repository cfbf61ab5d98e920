using System.Data.Common;
using EventHookDetector.Storage;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Tests.Support;

/// <summary>The detector's database, with something done before each read.</summary>
internal sealed class ReadHook(Database inner) : Database
{
    public Action BeforeReading { get; set; } = () => { };

    public override int Writers => inner.Writers;

    public override bool BlocksThreads => inner.BlocksThreads;

    public override string SkipLocked => inner.SkipLocked;

    public override string? Lock => inner.Lock;

    public static ReadHook On(DetectorApp detector)
    {
        ReadHook? hook = null;
        detector.Replace = services => services.AddSingleton<Database>(provider => hook = new ReadHook(TestStorage.IsPostgreSql
            ? new PostgreSqlDatabase(provider.GetRequiredService<IOptions<StorageOptions>>())
            : new SqliteDatabase(provider.GetRequiredService<IOptions<StorageOptions>>())));
        _ = detector.Services.GetRequiredService<Database>();
        return hook!;
    }

    public override Task<DbConnection> OpenForReadingAsync(CancellationToken cancellationToken)
    {
        BeforeReading();
        return inner.OpenForReadingAsync(cancellationToken);
    }

    public override Task<DbConnection> OpenForWritingAsync(CancellationToken cancellationToken) => inner.OpenForWritingAsync(cancellationToken);

    public override Statements StatementsOn(DbConnection connection) => inner.StatementsOn(connection);

    public override void DemandReadyToCommit(DbConnection connection) => inner.DemandReadyToCommit(connection);

    public override bool IsWorthAnotherTry(Exception fault) => inner.IsWorthAnotherTry(fault);

    public override bool IsUnavailable(Exception fault) => inner.IsUnavailable(fault);

    public override bool EndsConnection(Exception fault) => inner.EndsConnection(fault);

    public override Task MigrateAsync(Action migrate, CancellationToken cancellationToken) => inner.MigrateAsync(migrate, cancellationToken);

    public override void ConfigureMigrations(IMigrationRunnerBuilder runner) => inner.ConfigureMigrations(runner);
}

using System.Globalization;
using EventHookDetector.Hosting;
using FluentMigrator.Runner;

namespace EventHookDetector.Storage;

/// <summary>
/// Brings the database up to date before anything else starts. The migrations stand beside the features whose tables they
/// make; their numbers put them in order.
/// </summary>
internal sealed partial class Migrations(Database database, ILoggerFactory loggers) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            database.Claim();
            await MigrateAsync(cancellationToken);
            await database.DemandNothingHalfMovedAsync(cancellationToken);
            foreach (var warning in await database.FindWarningsAsync(cancellationToken)) Log.Unsafe(loggers.CreateLogger<Migrations>(), warning);
        }
        catch (Exception fault) when (fault is not StartFaultException && database.Explain(fault) is { } explained)
        {
            throw new StartFaultException(explained, fault);
        }
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection()
            .AddSingleton(loggers)
            .AddLogging()
            .AddFluentMigratorCore()
            .ConfigureRunner(runner =>
            {
                database.ConfigureMigrations(runner);
                runner.ScanIn(typeof(Migrations).Assembly).For.Migrations();
            })
            .BuildServiceProvider(validateScopes: true);

        await using var scope = services.CreateAsyncScope();
        await database.MigrateAsync(() => MigrateUp(scope.ServiceProvider), cancellationToken);
    }

    private static void MigrateUp(IServiceProvider services)
    {
        var known = services.GetRequiredService<IMigrationInformationLoader>().LoadMigrations().Keys;
        var unknown = services.GetRequiredService<IVersionLoader>().VersionInfo.AppliedMigrations().Except(known).ToArray();
        if (unknown.Length > 0)
        {
            throw new StartFaultException(string.Create(
                CultureInfo.InvariantCulture,
                $"Storage:ConnectionString names a database that a newer version of the detector has changed (migration {unknown.Max()}). Start that version or a later one, or restore a backup made before the upgrade"));
        }

        services.GetRequiredService<IMigrationRunner>().MigrateUp();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Warning}")]
        public static partial void Unsafe(ILogger logger, string warning);
    }
}

using FluentMigrator.Runner;

namespace EventHookDetector.Storage;

/// <summary>
/// Brings the database up to date before anything else starts. The migrations stand beside the features whose tables they
/// make; their numbers put them in order.
/// </summary>
internal sealed class Migrations(Database database, ILoggerFactory loggers) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await MigrateAsync(cancellationToken);
        await database.DemandNothingHalfMovedAsync(cancellationToken);
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
        var migrations = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();
        await database.MigrateAsync(migrations.MigrateUp, cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

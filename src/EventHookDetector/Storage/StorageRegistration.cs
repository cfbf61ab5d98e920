using EventHookDetector.Hosting;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Storage;

internal static class StorageRegistration
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        ColumnValue.Register();
        services.AddHealthChecks().AddCheck<DatabaseCheck>("database");
        return services
            .AddSingleton<DatabaseCheck>()
            .AddValidatedOptions<StorageOptions, StorageOptions.Validator>(StorageOptions.Section)
            .AddSingleton<Database>(provider => provider.GetRequiredService<IOptions<StorageOptions>>() is { Value.Provider: StorageProvider.PostgreSql } options
                ? new PostgreSqlDatabase(options)
                : new SqliteDatabase(provider.GetRequiredService<IOptions<StorageOptions>>()))
            .AddSingleton(provider => new UnavailableStorage(fault => fault is TimeoutException or IOException || provider.GetRequiredService<Database>().IsUnavailable(fault)))
            .AddHostedService<Migrations>()
            .AddSingleton<CommitTelemetry>()
            .AddSingleton<SharedCommit>()
            .AddHostedService(provider => provider.GetRequiredService<SharedCommit>());
    }

    /// <summary>Of the detector that serves; one that is only tried has no gauges.</summary>
    public static IServiceCollection AddStorageGauges(this IServiceCollection services) => services.AddGauges<SqliteGauges>();
}

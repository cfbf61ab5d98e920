using EventHookDetector.Hosting;

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
            .AddSingleton<Database>()
            .AddHostedService<Migrations>()
            .AddSingleton<SharedCommit>()
            .AddHostedService(provider => provider.GetRequiredService<SharedCommit>());
    }
}

using EventHookDetector.Hosting;

namespace EventHookDetector.Storage;

internal static class StorageRegistration
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        ColumnValue.Register();
        return services
            .AddValidatedOptions<StorageOptions, StorageOptions.Validator>(StorageOptions.Section)
            .AddSingleton<Database>()
            .AddHostedService<Migrations>()
            .AddSingleton<SharedCommit>()
            .AddHostedService(provider => provider.GetRequiredService<SharedCommit>());
    }
}

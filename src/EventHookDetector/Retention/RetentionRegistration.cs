using EventHookDetector.Hosting;

namespace EventHookDetector.Retention;

internal static class RetentionRegistration
{
    public static IServiceCollection AddRetention(this IServiceCollection services) => services
        .AddValidatedOptions<RetentionOptions, RetentionOptions.Validator>(RetentionOptions.Section)
        .AddSingleton<People>()
        .AddSingleton<RetentionSteps>()
        .AddSingleton<RetentionWorker>()
        .AddHostedService(provider => provider.GetRequiredService<RetentionWorker>());
}

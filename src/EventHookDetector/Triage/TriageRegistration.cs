using EventHookDetector.Hosting;
using EventHookDetector.Triage.Backtests;

namespace EventHookDetector.Triage;

/// <summary>What operators ask of detection itself: why a log event ended as it did, and what shall not wake anybody again.</summary>
internal static class TriageRegistration
{
    public static IServiceCollection AddTriage(this IServiceCollection services) => services
        .AddValidatedOptions<ExceptionsOptions, ExceptionsOptions.Validator>(ExceptionsOptions.Section)
        .AddValidatedOptions<BacktestsOptions, BacktestsOptions.Validator>(BacktestsOptions.Section)
        .AddSingleton<Explanations>()
        .AddSingleton<ExceptionPreview>()
        .AddSingleton<ExceptionItemDesk>()
        .AddSingleton<BacktestOfARule>();

    public static void MapTriage(this IEndpointRouteBuilder app)
    {
        app.MapClose();
        app.MapExplain();
        app.MapExceptionItems();
        app.MapBacktests();
    }
}

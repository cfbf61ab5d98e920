using System.Reflection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventHookDetector.Hosting;

/// <summary>How what is measured, traced and logged leaves the process.</summary>
internal static class TelemetryRegistration
{
    private const string EndpointOfTheSdk = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly string EndpointKey = $"{TelemetryOptions.Section}:{nameof(TelemetryOptions.OtlpEndpoint)}";

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        // The framework's own instruments and activities stay off: they would cost each delivery more than all that we do about it.
        builder.Services.AddValidatedOptions<TelemetryOptions, TelemetryOptions.Validator>(TelemetryOptions.Section);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                Telemetry.Name, serviceVersion: typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion))
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name, "System.Runtime").AddPrometheusExporter());
        if (!builder.Configuration.IsTraced()) return;

        // The rest (protocol, headers, sampler) comes from OpenTelemetry's own variables, as with every other program.
        builder.Configuration.AddInMemoryCollection([new(EndpointOfTheSdk, builder.Configuration[EndpointKey]!.Trim())]);
        telemetry
            .WithTracing(traces => traces.AddSource(Telemetry.Name))
            .WithLogging(configureBuilder: null, configureOptions: logs => logs.IncludeFormattedMessage = true)
            .UseOtlpExporter();
    }

    /// <summary>Whether anybody is to hear of traces. What is no address is a fault that the check at start tells.</summary>
    public static bool IsTraced(this IConfiguration configuration) => Uri.TryCreate(configuration[EndpointKey], UriKind.Absolute, out _);

    /// <summary>Where Prometheus asks. Open, as health is: it holds numbers, names of notifiers, and nothing of any log event.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder app) => app.MapPrometheusScrapingEndpoint("/metrics")
        .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]))
        .WithDisplayName("Metrics");

    /// <summary>Has something read now and then by <see cref="GaugeReader"/>.</summary>
    public static IServiceCollection AddGauges<TSource>(this IServiceCollection services)
        where TSource : class, IGaugeSource
    {
        services.TryAddSingleton<GaugeReader>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, GaugeReader>(provider => provider.GetRequiredService<GaugeReader>()));
        return services.AddSingleton<IGaugeSource, TSource>();
    }
}

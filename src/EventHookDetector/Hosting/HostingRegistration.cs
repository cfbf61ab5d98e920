using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using ZLogger;

namespace EventHookDetector.Hosting;

internal static class HostingRegistration
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    public static WebApplicationBuilder AddHosting(this WebApplicationBuilder builder)
    {
        // A file per secret, named like its key with __ for the colon: how Docker, Kubernetes and systemd hand secrets over.
        builder.Configuration.AddSecretFiles("/run/secrets");
        if (Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } credentials)
            builder.Configuration.AddSecretFiles(credentials);

        Environment.SetEnvironmentVariable(InlineCompletions, null);   // Commands use PostgreSQL in ways that block; see StayOnTheThreadOfTheSocket.
        KeepThreadsReady();
        if (!builder.Environment.IsDevelopment())
        {
            var isTraced = builder.Configuration.IsTraced();
            builder.Logging.ClearProviders().AddZLoggerLogProcessor((log, services) =>
            {
                log.UseJsonFormatter(json => json.UseUtcTimestamp = true);
                log.IncludeScopes = isTraced;   // where there are traces, each line says of which it is
                return new LogWriter(log, services.GetRequiredService<ILogger<LogWriter>>);
            });
        }

        builder.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);   // in Development
        StartLog.AddTo(builder);   // after the providers, which its filters are about
        builder.ListenWhereTold();
        builder.AddTelemetry();   // where log lines go too, so after what takes all others away
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;   // any bytes are text then: a header that we do not read must not cost a reset
            Hardening.Limit(kestrel.Limits);
        });
        // The host's patience counts from the signal on, so the drain must not use up what is under way may take.
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>>((host, shutdown) =>
            host.ShutdownTimeout = shutdown.Value.Drain + TimeSpan.FromSeconds(30));
        builder.Services
            .AddSingleton<IMemoryPoolFactory<byte>, LargeBlocks>()
            .AddSingleton(TimeProvider.System)
            .AddProblemDetails(options => options.CustomizeProblemDetails = Problem.AddDefaultDetail)
            .AddValidatedOptions<PublicOptions, PublicOptions.Validator>(PublicOptions.Section)
            .AddValidatedOptions<ListenOptions, ListenOptions.Validator>(ListenOptions.Section)
            .AddValidatedOptions<ProxyOptions, ProxyOptions.Validator>(ProxyOptions.Section)
            .AddSingleton<IConfigurationCheck, ListenFaults>()
            .AddValidatedOptions<ShutdownOptions, ShutdownOptions.Validator>(ShutdownOptions.Section)
            .AddSwagger()
            .AddSingleton<QueryParameters>()
            .AddRequestLimits()
            .AddSingleton<Draining>()
            .AddHostedService(provider => provider.GetRequiredService<Draining>())
            .AddHostedService<StartupMessage>()
            .ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions))
            .AddHealthChecks().AddCheck<DrainingCheck>("draining");
        return builder;
    }

    /// <summary>Comes first: how errors are answered, who asks, and whether what is asked for is served at this port.</summary>
    public static WebApplication UseFrontDoor(this WebApplication app)
    {
        app.UseProblemDetails();
        app.UseTrustedProxies();
        app.UseListening();
        return app;
    }

    public static void UseHosting(this WebApplication app)
    {
        app.UseRouting();   // the hook's route ends here, and what follows is for all others

        app.UseRequestTimeouts();
        var limits = app.Services.GetRequiredService<RequestLimits>();
        app.Use(limits.AdmitAsync);
        app.Use((context, next) =>
        {
            context.Response.OnStarting(Hardening.AddHeaders, context);
            return next(context);
        });
        app.UseSwaggerPages();
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(limits.AdmitOperatorAsync);
    }

    /// <summary>What every detector answers, whatever it detects.</summary>
    public static void MapHosting(this WebApplication app)
    {
        app.MapHealth();
        app.MapVersion();
        app.MapMetrics();
    }

    /// <summary>
    /// A delivery is received, read and answered by the thread that waits for the sockets, without a change of threads: that is a
    /// third more of them on one core. It is safe only because nothing on that way ever blocks; all other routes go to other threads (see
    /// <see cref="RequestLimits"/>). Not so with PostgreSQL, whose rows are read from a socket in a way that may block, and would then
    /// wait for the very thread that it is on. The runtime reads the setting from the environment only, before the first socket.
    /// </summary>
    public static WebApplicationBuilder StayOnTheThreadOfTheSocket(this WebApplicationBuilder builder)
    {
        var isPostgreSql = string.Equals(builder.Configuration["Storage:Provider"], "PostgreSql", StringComparison.OrdinalIgnoreCase);
        Environment.SetEnvironmentVariable(InlineCompletions, isPostgreSql ? null : "1");
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = !isPostgreSql);
        return builder;
    }

    /// <summary>
    /// Some work of the background blocks its thread: SQLite reads, and host names that are looked up. The pool begins with a thread a
    /// processor and adds one or two a second, so a few of these would hold up all other work for seconds.
    /// </summary>
    private static void KeepThreadsReady()
    {
        const int BlockedAtMost = 16;

        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + BlockedAtMost), completions);
    }
}

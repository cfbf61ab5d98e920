using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace EventHookDetector.Hosting;

/// <summary>
/// In Development, says where everything is and what to use. The secret and the key it shows are the ones that stand in
/// appsettings.Development.json for everybody to read; anywhere else it shows none.
/// </summary>
internal sealed class StartupMessage(IServer server, IConfiguration configuration, IHostEnvironment environment) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment()) return Task.CompletedTask;

        var url = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://localhost:5080";
        var key = configuration.GetSection("Operators").GetChildren().FirstOrDefault()?["Key"];
        var header = configuration["EventHook:Header"] ?? "Authorization";
        Console.WriteLine(
            $"""

              EventHookDetector is ready, for development.

                Swagger UI     {url}/swagger     Authorize with the operator's key
                At one glance  {url}/     asks for the same key
                Operator's key {key}     in the header {OperatorPolicies.KeyHeader}
                Event hook     {url}/okta/event-hook
                Secret         {configuration["EventHook:Secrets:0"]}     in the header {header}
                Health         {url}/health/ready

            """);
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

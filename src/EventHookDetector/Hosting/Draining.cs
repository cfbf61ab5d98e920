using FluentValidation;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Hosting;

/// <summary>How the detector stops.</summary>
internal sealed class ShutdownOptions
{
    public const string Section = "Shutdown";

    /// <summary>
    /// For how long it goes on answering after it was told to stop (SIGTERM), while <c>/health/ready</c> already answers 503:
    /// the time that a load balancer needs to notice. Default: five seconds.
    /// </summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(5);

    internal sealed class Validator : AbstractValidator<ShutdownOptions>
    {
        public Validator() => RuleFor(o => o.Drain)
            .InclusiveBetween(TimeSpan.Zero, TimeSpan.FromMinutes(5))
            .WithMessage("must lie between 00:00:00 and 00:05:00");
    }
}

/// <summary>Lets the load balancer look away before we stop answering: a delivery that meets a closed door is lost.</summary>
internal sealed class Draining(IOptions<ShutdownOptions> options, TimeProvider clock) : IHostedLifecycleService
{
    public bool HasBegun { get; private set; }

    // The host calls this before it stops anything, Kestrel included.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        if (options.Value.Drain > TimeSpan.Zero) await Task.Delay(options.Value.Drain, clock, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

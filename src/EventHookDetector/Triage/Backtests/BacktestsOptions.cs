using FluentValidation;

namespace EventHookDetector.Triage.Backtests;

/// <summary>Limits of a backtest.</summary>
internal sealed class BacktestsOptions
{
    public const string Section = "Backtests";

    /// <summary>
    /// How many bytes of log events that match a backtest may hold. It needs up to four times as much in the folder for temporary files, which in a container is
    /// memory or a small volume. Default: 64 MiB.
    /// </summary>
    public long MaxMatchingBytes { get; set; } = 64 * 1024 * 1024;

    internal sealed class Validator : AbstractValidator<BacktestsOptions>
    {
        public Validator() => RuleFor(o => o.MaxMatchingBytes)
            .InclusiveBetween(64 * 1024, 1024L * 1024 * 1024 * 1024)
            .WithMessage("must lie between 65536 (64 KiB) and 1099511627776 (1 TiB)");
    }
}

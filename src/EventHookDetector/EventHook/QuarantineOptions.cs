using FluentValidation;

namespace EventHookDetector.EventHook;

/// <summary>How much of what could not be read is kept. The oldest goes first, and what goes is counted.</summary>
internal sealed class QuarantineOptions
{
    public const string Section = "Quarantine";

    /// <summary>How many items are kept. Default: 1000.</summary>
    public int MaxItems { get; set; } = 1000;

    /// <summary>How many bytes they may hold together. Default: 256 MiB.</summary>
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>How long an item is kept. Default: 30 days.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(30);

    internal sealed class Validator : AbstractValidator<QuarantineOptions>
    {
        public Validator()
        {
            RuleFor(o => o.MaxItems).InclusiveBetween(1, 1_000_000).WithMessage("must lie between 1 and 1000000");
            RuleFor(o => o.MaxBytes).GreaterThanOrEqualTo(1024 * 1024).WithMessage("must be at least 1048576 (1 MiB)");
            RuleFor(o => o.MaxAge)
                .InclusiveBetween(TimeSpan.FromHours(1), TimeSpan.FromDays(3650))
                .WithMessage("must lie between 01:00:00 and 3650.00:00:00");
        }
    }
}

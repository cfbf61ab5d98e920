using EventHookDetector.Alerts;
using FluentValidation;

namespace EventHookDetector.Triage;

/// <summary>What exception items may be.</summary>
internal sealed class ExceptionsOptions
{
    public const string Section = "Exceptions";

    /// <summary>
    /// How long an exception item may live, from now or from its start if that is later. Its owner looks at it again then, and
    /// sets a new end. Default: 90 days.
    /// </summary>
    public TimeSpan MaximumLife { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Limit on exception items that are planned or in force at once. Each is asked about every log event that a rule matches. Default: 500.</summary>
    public int MaxItems { get; set; } = 500;

    /// <summary>Limit on the characters of their conditions together. Default: 262,144.</summary>
    public int MaxCharacters { get; set; } = 256 * 1024;

    internal ExceptionItemLimits Limits => new(MaxItems, MaxCharacters);

    internal sealed class Validator : AbstractValidator<ExceptionsOptions>
    {
        public Validator()
        {
            RuleFor(o => o.MaximumLife)
                .InclusiveBetween(TimeSpan.FromHours(1), TimeSpan.FromDays(3650))
                .WithMessage("must lie between 01:00:00 and 3650.00:00:00");
            RuleFor(o => o.MaxItems).InclusiveBetween(1, 5000).WithMessage("must lie between 1 and 5000");
            RuleFor(o => o.MaxCharacters).InclusiveBetween(1024, 4 * 1024 * 1024).WithMessage("must lie between 1024 and 4194304");
        }
    }
}

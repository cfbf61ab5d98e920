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

    internal sealed class Validator : AbstractValidator<ExceptionsOptions>
    {
        public Validator() => RuleFor(o => o.MaximumLife)
            .InclusiveBetween(TimeSpan.FromHours(1), TimeSpan.FromDays(3650))
            .WithMessage("must lie between 01:00:00 and 3650.00:00:00");
    }
}

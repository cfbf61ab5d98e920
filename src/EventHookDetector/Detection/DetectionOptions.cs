using FluentValidation;

namespace EventHookDetector.Detection;

/// <summary>How often the rules may alert.</summary>
internal sealed class DetectionOptions
{
    public const string Section = "Detection";

    /// <summary>
    /// The length of a window. Windows are fixed: each starts at a multiple of the length, in the time of receipt. Default:
    /// five minutes, the interval at which Elastic runs the rule we carry.
    /// </summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The cap: how many alerts a rule may raise in one window. What is over it is kept as capped and told in one digest when
    /// the window closes. Default: 100.
    /// </summary>
    public int MaxAlerts { get; set; } = 100;

    internal sealed class Validator : AbstractValidator<DetectionOptions>
    {
        public Validator()
        {
            RuleFor(o => o.Window)
                .InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1))
                .WithMessage("must lie between 00:00:01 and 1.00:00:00");

            RuleFor(o => o.MaxAlerts)
                .GreaterThanOrEqualTo(1)
                .WithMessage("must be at least 1; a cap of none would hide every reset");
        }
    }
}

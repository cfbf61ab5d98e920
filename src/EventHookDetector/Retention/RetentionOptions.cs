using FluentValidation;

namespace EventHookDetector.Retention;

/// <summary>How long what we found is kept.</summary>
internal sealed class RetentionOptions
{
    public const string Section = "Retention";

    // A reminder may go out eight days after the alert, a reset takes in parts for a day, and a notification is tried for a day.
    private static readonly TimeSpan Shortest = TimeSpan.FromDays(10);

    /// <summary>
    /// How long an alert is kept after its receipt, and with it all that belongs to it; and how long exception items, expected resets
    /// and windows are kept after they are over. Default: 400 days.
    /// </summary>
    public TimeSpan Alerts { get; set; } = TimeSpan.FromDays(400);

    internal sealed class Validator : AbstractValidator<RetentionOptions>
    {
        public Validator() => RuleFor(o => o.Alerts)
            .InclusiveBetween(Shortest, TimeSpan.FromDays(3650))
            .WithMessage("must lie between 10.00:00:00 and 3650.00:00:00: a younger alert may still take in more, and have a reminder or a notification to come");
    }
}

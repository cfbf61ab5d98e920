using EventHookDetector.Detection.Rules;
using FluentValidation;

namespace EventHookDetector.Detection;

/// <summary>Which rules are in force, and how often they may alert.</summary>
internal sealed class DetectionOptions
{
    public const string Section = "Detection";

    public static readonly TimeSpan ShortestWindow = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestWindow = TimeSpan.FromDays(1);

    /// <summary>
    /// The length of a window, for every rule. Windows are fixed: each starts at a multiple of the length, in the time of
    /// receipt. Default: what each rule says, and that is 00:05:00 for those that are shipped.
    /// </summary>
    public TimeSpan? Window { get; set; }

    /// <summary>
    /// The cap, for every rule: how many alerts it may raise in one window. What is over it is kept as capped and told in one
    /// digest when the window closes. Default: what each rule says, and that is 100 for those that are shipped.
    /// </summary>
    public int? MaxAlerts { get; set; }

    /// <summary>A folder with rules of one's own, one *.toml each. Default: none.</summary>
    public string? RulesPath { get; set; }

    /// <summary>The ids of rules to switch on that are off by default. Default: none.</summary>
    public IList<string> Rules { get; set; } = [];

    /// <summary>
    /// Logins or Okta ids of accounts that open many doors, such as those of administrators. An alert that is about one, or by
    /// one, is of higher severity. Default: none.
    /// </summary>
    public IList<string> PrivilegedAccounts { get; set; } = [];

    internal sealed class Validator : AbstractValidator<DetectionOptions>
    {
        public Validator()
        {
            RuleFor(o => o.Window)
                .InclusiveBetween(ShortestWindow, LongestWindow)
                .WithMessage("must lie between 00:00:01 and 1.00:00:00");

            RuleFor(o => o.MaxAlerts)
                .GreaterThanOrEqualTo(1)
                .WithMessage("must be at least 1; a cap of none would hide every reset");

            RuleFor(o => o.RulesPath)
                .Must(path => string.IsNullOrEmpty(path) || RuleFiles.CanRead(path))
                .WithMessage("must be a folder that is there and that the detector may read");

            RuleForEach(o => o.PrivilegedAccounts)
                .NotEmpty()
                .WithMessage("must be a login, such as ada.byron@example.com, or an id of Okta's");

            // An id whose own file is broken is known all the same: that is told by the file, and takes no other rule down.
            RuleForEach(o => o.Rules)
                .Must((options, id) => RuleFiles.With(options.RulesPath).Ids.Contains(id, StringComparer.OrdinalIgnoreCase))
                .WithMessage("must be the id of a rule; GET /api/rules lists them, and the log names the files that could not be read");
        }
    }
}

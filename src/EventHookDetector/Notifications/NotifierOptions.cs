using System.Linq.Expressions;
using EventHookDetector.Alerts;
using FluentValidation;

namespace EventHookDetector.Notifications;

/// <summary>What every notifier can be told, under <c>Notifiers:{name}</c>, whatever its type.</summary>
internal abstract class NotifierOptions
{
    public const string Section = "Notifiers";

    /// <summary>slack, email or webhook.</summary>
    public string Type { get; set; } = "";

    /// <summary>
    /// Whether it may connect to addresses inside one's own network. Default: no, so that nobody can make the detector
    /// knock on inner doors. Link-local addresses, where clouds keep credentials, stay closed all the same.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>How many notifications it may send a second. Default: 1 (slack), 5 (email), 50 (webhook).</summary>
    public double PerSecond { get; set; } = 1;

    /// <summary>How long one attempt may take; a slow channel must not hold up itself for ever. Default: ten seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What it is told of: alerted, and expected for those who want to hear of announced resets too, as information. Default:
    /// alerted.
    /// </summary>
    public IList<string> Outcomes { get; set; } = [];

    /// <summary>
    /// Whether it is told once more of an alert that nobody has acknowledged or closed after <c>Alerts:RemindAfter</c>. Default: no.
    /// </summary>
    public bool Reminders { get; set; }

    public bool Wants(AlertOutcome outcome) =>
        Outcomes.Count == 0 ? outcome == AlertOutcome.Alerted : Outcomes.Contains(outcome.ToString(), StringComparer.OrdinalIgnoreCase);

    internal abstract class CommonRules<T> : AbstractValidator<T>
        where T : NotifierOptions
    {
        protected CommonRules()
        {
            RuleFor(o => o.PerSecond)
                .InclusiveBetween(0.01, 1000)
                .WithMessage("must lie between 0.01 and 1000");

            RuleForEach(o => o.Outcomes)
                .Must(outcome => outcome?.ToLowerInvariant() is "alerted" or "expected")
                .WithMessage("must be alerted or expected");

            RuleFor(o => o.Timeout)
                .InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30))
                .WithMessage("must lie between 00:00:01 and 00:00:30");
        }

        /// <summary>An HTTP channel's address. Plain http is for a relay or a test inside one's own network.</summary>
        protected void RuleForUrl(Expression<Func<T, string>> url)
        {
            RuleFor(url)
                .Must((options, value) => ReadUrl(value) is { } read && (read.Scheme == "https" || (read.Scheme == "http" && options.AllowPrivateAddresses)))
                .WithMessage("must be an absolute https URL (http only together with AllowPrivateAddresses)");

            RuleFor(url)
                .Must(value => ReadUrl(value) is not { UserInfo.Length: > 0 })
                .WithMessage("must not hold a user name or a password: they would not be sent");
        }

        private static Uri? ReadUrl(string url) => Uri.TryCreate(url, UriKind.Absolute, out var read) ? read : null;
    }
}

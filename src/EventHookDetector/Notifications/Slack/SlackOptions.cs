namespace EventHookDetector.Notifications.Slack;

/// <summary>A channel in Slack, reached by an incoming webhook.</summary>
internal sealed class SlackOptions : NotifierOptions
{
    /// <summary>The incoming webhook to post to. Its path is a credential. Text and not a Uri: the binder would print what it cannot read.</summary>
    public string WebhookUrl { get; set; } = "";

    internal sealed class Validator : CommonRules<SlackOptions>
    {
        public Validator() => RuleForUrl(o => o.WebhookUrl);
    }
}

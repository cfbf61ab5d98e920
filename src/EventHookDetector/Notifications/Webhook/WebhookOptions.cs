using FluentValidation;

namespace EventHookDetector.Notifications.Webhook;

/// <summary>A receiver of one's own, told as Standard Webhooks prescribes.</summary>
internal sealed class WebhookOptions : NotifierOptions
{
    public WebhookOptions() => PerSecond = 50;

    /// <summary>Where to post to. Its path may be a credential, so only the host is ever shown.</summary>
    public string Url { get; set; } = "";

    /// <summary>
    /// What requests are signed with, and the receiver verifies them with: <c>whsec_</c> and the base64 of 24 to 64 random
    /// bytes. A credential. <c>echo whsec_$(openssl rand -base64 32)</c> makes one.
    /// </summary>
    public string Secret { get; set; } = "";

    /// <summary>While a secret is being changed: the old one, which signs too until the receiver knows the new one. Default: none.</summary>
    public string? PreviousSecret { get; set; }

    /// <summary>The secrets to sign with, the current one first.</summary>
    internal IEnumerable<string> Secrets => string.IsNullOrEmpty(PreviousSecret) ? [Secret] : [Secret, PreviousSecret];

    internal sealed class Validator : CommonRules<WebhookOptions>
    {
        private const string Rule = "must be whsec_ and the base64 of 24 to 64 random bytes, such as echo whsec_$(openssl rand -base64 32) prints";

        public Validator()
        {
            RuleForUrl(o => o.Url);

            RuleFor(o => o.Secret)
                .Must(secret => StandardWebhookSignature.ReadKey(secret) is not null)
                .WithMessage(Rule);

            RuleFor(o => o.PreviousSecret)
                .Must(secret => string.IsNullOrEmpty(secret) || StandardWebhookSignature.ReadKey(secret) is not null)
                .WithMessage(Rule);
        }
    }
}

using System.Net;
using System.Net.Http.Headers;

namespace EventHookDetector.Notifications.Slack;

/// <summary>Posts to an incoming webhook, which answers in plain text: ok, or one word for what is wrong.</summary>
/// <remarks>https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks</remarks>
internal sealed class SlackNotifier(string name, SlackOptions options, IHttpClientFactory clients, TimeProvider clock) : INotifier
{
    private readonly Uri _url = new(options.WebhookUrl);
    private readonly HttpChannel _channel = new(name, options, new Redaction(Redaction.PartsOf(new(options.WebhookUrl))), clients, clock);

    public string Name => name;

    public NotifierOptions Options => options;

    public string Destination => _url.Authority;

    public async Task<NotificationResult> NotifyAsync(Notice notice, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(SlackMessage.About(notice).ToJson()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        return await _channel.PostAsync(request, Cure, IsOk, cancellationToken);
    }

    // A login page of a proxy and the server of a mistyped address answer 200 too.
    private static bool IsOk(HttpAnswer answer) => answer.Text == "ok";

    private string Cure(HttpAnswer answer) => answer switch
    {
        { Status: >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices } =>
            $"Slack answers a message it took with ok, so this was not sent: is Notifiers:{name}:WebhookUrl the address of a webhook at Slack, and does no other server answer in its place?",
        { IsRedirect: true } => $"Redirects are not followed: set Notifiers:{name}:WebhookUrl to where it leads.",
        { Text: "no_service" or "no_service_id" or "no_team" or "no_active_hooks" or "invalid_token" or "team_disabled" or "user_not_found" } =>
            $"The webhook was removed or disabled: create a new one in Slack and set Notifiers:{name}:WebhookUrl.",
        { Text: "channel_not_found" or "channel_is_archived" } =>
            $"The webhook's channel is gone: unarchive it, or create a webhook for another one and set Notifiers:{name}:WebhookUrl.",
        { Text: "action_prohibited" or "posting_to_general_channel_denied" } =>
            "An administrator of the workspace has restricted who may post there: ask them, or choose another channel.",
        { Text: "invalid_payload" or "invalid_blocks" or "msg_blocks_too_long" or "no_text" or "too_many_attachments" } =>
            "Slack could not read the message. That is the detector's fault, not yours: please report it.",
        _ => $"Check Notifiers:{name}:WebhookUrl.",
    };
}

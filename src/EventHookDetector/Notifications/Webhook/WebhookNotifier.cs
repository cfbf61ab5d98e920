using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace EventHookDetector.Notifications.Webhook;

/// <summary>Posts a signed notice. The receiver knows a repetition by its webhook-id, which is the same for every attempt.</summary>
internal sealed class WebhookNotifier(string name, WebhookOptions options, IHttpClientFactory clients, TimeProvider clock) : INotifier
{
    private readonly Uri _url = new(options.Url);
    private readonly byte[][] _keys = [.. options.Secrets.Select(StandardWebhookSignature.ReadKey).OfType<byte[]>()];
    private readonly HttpChannel _channel = new(name, options, RedactionFor(options), clients, clock);

    public string Name => name;

    public NotifierOptions Options => options;

    public string Destination => _url.Authority;

    public async Task<NotificationResult> NotifyAsync(Notice notice, CancellationToken cancellationToken)
    {
        var body = WebhookBody.About(notice).ToJson();
        // The time of the attempt, not of the alert: receivers refuse what is minutes old.
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds();

        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.Add("webhook-id", notice.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", StandardWebhookSignature.Sign(_keys, notice.Id, timestamp, body));
        return await _channel.PostAsync(request, Cure, confirms: null, cancellationToken);
    }

    private string Cure(HttpAnswer answer) => answer switch
    {
        { IsRedirect: true } => $"Redirects are not followed: set Notifiers:{name}:Url to where it leads.",
        { Status: HttpStatusCode.Gone } =>
            $"The receiver has disabled this webhook: set Notifiers:{name}:Url to a new one, or remove Notifiers:{name}.",
        { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } =>
            $"Does the receiver know the secret under Notifiers:{name}:Secret, and is its clock right?",
        _ => $"Check Notifiers:{name}:Url.",
    };

    private static Redaction RedactionFor(WebhookOptions options) => new(
        [.. Redaction.PartsOf(new(options.Url)), .. options.Secrets, .. options.Secrets.Select(secret => secret.Split('_', 2)[^1])]);
}

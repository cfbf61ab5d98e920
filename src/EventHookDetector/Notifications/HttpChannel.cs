namespace EventHookDetector.Notifications;

/// <summary>Posts to one HTTP channel, and turns whatever comes of it into an answer.</summary>
internal sealed class HttpChannel(string notifier, NotifierOptions options, Redaction redaction, IHttpClientFactory clients, TimeProvider clock)
{
    /// <param name="cure">What an operator can do about an answer that is final.</param>
    public async Task<NotificationResult> PostAsync(HttpRequestMessage request, Func<HttpAnswer, string> cure, CancellationToken cancellationToken)
    {
        try
        {
            using var http = clients.CreateGuarded(options);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (await HttpAnswer.ReadAsync(response, redaction, clock, cancellationToken)).Judge(cure);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return ConnectionTrouble.Describe(fault, notifier, redaction);
        }
    }
}

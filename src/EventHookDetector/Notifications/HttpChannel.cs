namespace EventHookDetector.Notifications;

/// <summary>Posts to one HTTP channel, and turns whatever comes of it into an answer.</summary>
internal sealed class HttpChannel(string notifier, NotifierOptions options, Redaction redaction, IHttpClientFactory clients, TimeProvider clock)
{
    /// <param name="request">The notification in the channel's format.</param>
    /// <param name="cure">Tells an operator what to do about an answer that is final.</param>
    /// <param name="confirms">
    /// Tells whether the body of a 2xx confirms the notification. Without it any 2xx does, and its body is not read: the status is the
    /// verdict, and a body that arrives slowly would only occupy the attempt.
    /// </param>
    public async Task<NotificationResult> PostAsync(
        HttpRequestMessage request, Func<HttpAnswer, string> cure, Func<HttpAnswer, bool>? confirms, CancellationToken cancellationToken)
    {
        try
        {
            using var http = clients.CreateGuarded(options);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var isDecided = response.IsSuccessStatusCode && confirms is null;
            var answer = await HttpAnswer.ReadAsync(response, withBody: !isDecided, redaction, clock, cancellationToken);
            return answer.Judge(cure, confirms);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return ConnectionTrouble.Describe(fault, notifier, redaction);
        }
    }
}

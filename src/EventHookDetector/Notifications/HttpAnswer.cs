using System.Net;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace EventHookDetector.Notifications;

/// <summary>What an HTTP channel answered: the status, the beginning of the body, and how long it asks us to wait.</summary>
internal sealed record HttpAnswer(HttpStatusCode Status, string Text, TimeSpan? RetryAfter)
{
    /// <summary>How much of a body is read. Reasons are short, and a channel must not fill our memory.</summary>
    public const int MostBytes = 4096;

    public bool IsRedirect => (int)Status is >= 300 and < 400;

    private string Line
    {
        get
        {
            var status = $"{(int)Status} {ReasonPhrases.GetReasonPhrase((int)Status)}".TrimEnd();
            return Text.Length == 0 ? status : $"{status}: {Text}";
        }
    }

    /// <param name="cure">What an operator can do about an answer that is final.</param>
    public NotificationResult Judge(Func<HttpAnswer, string> cure) => (int)Status switch
    {
        >= 200 and < 300 => new NotificationResult.Sent(Line),
        408 or 425 or 429 or >= 500 => new NotificationResult.Retry(Line, RetryAfter),
        _ => new NotificationResult.GiveUp($"{Line}. {cure(this)}"),
    };

    public static async Task<HttpAnswer> ReadAsync(
        HttpResponseMessage response, Redaction redaction, TimeProvider clock, CancellationToken cancellationToken) => new(
            response.StatusCode,
            redaction.Clean(await ReadBeginningAsync(response, cancellationToken)),
            RetryAfterOf(response, clock.GetUtcNow()));

    private static async Task<string> ReadBeginningAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = new byte[MostBytes];
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var count = await body.ReadAtLeastAsync(bytes, MostBytes, throwOnEndOfStream: false, cancellationToken);
            return Encoding.UTF8.GetString(bytes, 0, count);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status has been heard, and it is the verdict. To forget it for want of a body would send the alert twice.
            return "";
        }
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - now : null;
        // Beyond that the notification is given up anyway, and a date in the year 9999 would break the sum.
        return asked > RetrySchedule.GiveUpAfter ? RetrySchedule.GiveUpAfter : asked > TimeSpan.Zero ? asked : null;
    }
}

using System.Net;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace EventHookDetector.Notifications;

/// <summary>What an HTTP channel answered: the status, the beginning of the body, and how long it asks us to wait.</summary>
internal sealed record HttpAnswer(HttpStatusCode Status, string Text, TimeSpan? RetryAfter)
{
    /// <summary>How much of a body is read. Reasons are short, and a channel must not fill our memory.</summary>
    public const int MostBytes = 4096;

    /// <summary>The time in which the beginning of a body must arrive. What has arrived by then is judged.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public bool IsRedirect => (int)Status is >= 300 and < 400;

    private string Line
    {
        get
        {
            var status = $"{(int)Status} {ReasonPhrases.GetReasonPhrase((int)Status)}".TrimEnd();
            return Text.Length == 0 ? status : $"{status}: {Text}";
        }
    }

    /// <param name="cure">Tells an operator what to do about an answer that is final.</param>
    /// <param name="confirms">Tells whether the body of a 2xx confirms the notification. Without it any 2xx does.</param>
    public NotificationResult Judge(Func<HttpAnswer, string> cure, Func<HttpAnswer, bool>? confirms) => (int)Status switch
    {
        >= 200 and < 300 when confirms?.Invoke(this) is false => new NotificationResult.Retry($"{LineOf("an empty body")}. {cure(this)}", RetryAfter),
        >= 200 and < 300 => new NotificationResult.Sent(Line),
        429 => new NotificationResult.Retry(Line, RetryAfter ?? RetrySchedule.QuietAfterTooMany),
        408 or 425 or >= 500 => new NotificationResult.Retry(Line, RetryAfter),
        _ => new NotificationResult.GiveUp($"{Line}. {cure(this)}"),
    };

    public static async Task<HttpAnswer> ReadAsync(
        HttpResponseMessage response, bool withBody, Redaction redaction, TimeProvider clock, CancellationToken cancellationToken) => new(
            response.StatusCode,
            withBody ? redaction.Clean(await ReadBeginningAsync(response, clock, cancellationToken)) : "",
            RetryAfterOf(response, clock.GetUtcNow()));

    private string LineOf(string withoutText) => Text.Length == 0 ? $"{Line}: {withoutText}" : Line;

    /// <summary>Never throws: the status has been heard. To forget it for want of a body would send the notification twice.</summary>
    private static async Task<string> ReadBeginningAsync(HttpResponseMessage response, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var (bytes, count) = (new byte[MostBytes], 0);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            for (var read = 1; read > 0 && count < MostBytes; count += read) read = await body.ReadAsync(bytes.AsMemory(count), either.Token);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or OperationCanceledException)
        {
            // What has arrived until now is the text.
        }

        return Encoding.UTF8.GetString(bytes, 0, count);
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter is { } header ? header.Delta ?? header.Date - now : null;
        // Beyond that the notification is given up anyway, and a date in the year 9999 would break the sum.
        return asked > RetrySchedule.GiveUpAfter ? RetrySchedule.GiveUpAfter : asked > TimeSpan.Zero ? asked : null;
    }
}

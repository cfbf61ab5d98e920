using System.Text;
using EventHookDetector.Okta;

namespace EventHookDetector.Tests.Support;

/// <summary>Reads a body as the hook does, looking for resets.</summary>
internal static class Reading
{
    public static readonly WantedEventTypes Wanted = new([Some.ResetType]);

    public static Delivery Of(ReadOnlySpan<byte> body) => DeliveryReader.Read(body, Wanted);

    public static Delivery Of(string body) => Of(Encoding.UTF8.GetBytes(body));

    /// <summary>A delivery that holds exactly this text as its list of log events.</summary>
    public static Delivery OfLogEvents(string logEvents) => Of(DeliveryOf(logEvents));

    public static string DeliveryOf(string logEvents) =>
        $$$"""{"source":"https://example.okta.com/api/v1/eventHooks/who1","eventId":"e1","data":{"events":[{{{logEvents}}}]}}""";

    /// <summary>Asks everything that can be asked of a log event, so that nothing stays unread.</summary>
    public static void ReadThrough(LogEvent logEvent)
    {
        Assert.NotEmpty(logEvent.Uuid);
        Assert.Equal(16, logEvent.Key.Length);
        _ = logEvent.Fields.TargetUser;
    }
}

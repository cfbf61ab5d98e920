using System.Text;

namespace EventHookDetector.Notifications.Slack;

/// <summary>Writes foreign text so that Slack shows it as it is: no mention, no link, no second line.</summary>
/// <remarks>https://docs.slack.dev/messaging/formatting-message-text#escaping</remarks>
internal static class SlackText
{
    public static string Escape(string text, int most) => ForeignText.Cut(ForeignText.OneLine(text), most, Escape);

    // These three and no others: Slack shows any further entity as it is written.
    private static string Escape(Rune rune) => rune.Value switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        _ => rune.ToString(),
    };
}

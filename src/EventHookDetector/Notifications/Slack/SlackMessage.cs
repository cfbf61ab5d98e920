using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventHookDetector.Notifications.Slack;

/// <summary>
/// A notice in Block Kit, within its limits: 50 blocks, 150 characters in a header, 3000 in a section, 10 fields of 2000
/// each, and some 13,000 in all. Whatever is too long is cut; a message that Slack refuses tells nobody anything.
/// </summary>
/// <param name="Text">What notifications and screen readers use.</param>
/// <param name="Blocks">What is seen.</param>
/// <remarks>https://docs.slack.dev/reference/block-kit/blocks</remarks>
internal sealed record SlackMessage(string Text, IReadOnlyList<object> Blocks)
{
    private const int MostInHeader = 150;
    private const int MostInSection = 3000;
    private const int MostInField = 2000;
    private const int MostFieldsInSection = 10;

    // These share the 13,000 out, and leave some for the JSON around them.
    private const int MostInReasons = 500;
    private const int MostInSummary = 1200;
    private const int MostInFacts = 6000;
    private const int MostInSteps = 2000;
    private const int MostFacts = 30;
    private const int MostSteps = 8;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static SlackMessage About(Notice notice) => new(
        SlackText.Escape($"{notice.Title}. {(notice.RaisedBecause is { } because ? $"Raised because: {because} " : "")}{notice.Summary}", MostInSection),
        [
            new { type = "header", text = new { type = "plain_text", text = SlackText.Escape(notice.Title, MostInHeader), emoji = false } },
            .. ReasonsOf(notice),
            Section(SlackText.Escape(notice.Summary, MostInSummary)),
            .. FactsOf(notice),
            .. StepsOf(notice),
            .. LinkOf(notice),
        ]);

    // Nothing is unfurled: Slack would fetch a page that it cannot read, or one that a stranger wrote into a name.
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new { text = Text, blocks = Blocks, unfurl_links = false, unfurl_media = false }, Json);

    private static IEnumerable<object> ReasonsOf(Notice notice) =>
        notice.RaisedBecause is { } because ? [Section($"*Raised because:* {SlackText.Escape(because, MostInReasons)}")] : [];

    private static IEnumerable<object> FactsOf(Notice notice)
    {
        var facts = notice.Facts.Take(MostFacts).ToArray();
        // Many facts are short ones, as a rule; should they not be, each gets its share.
        var most = Math.Min(MostInField, MostInFacts / Math.Max(1, facts.Length));
        return facts.Select(fact => Field(fact, most))
            .Chunk(MostFieldsInSection)
            .Select(fields => new { type = "section", fields });
    }

    private static object Field(Fact fact, int most)
    {
        var label = $"*{SlackText.Escape(fact.Label, 50)}*\n";
        return Markdown(label + SlackText.Escape(fact.Value, most - label.Length));
    }

    private static IEnumerable<object> StepsOf(Notice notice)
    {
        if (notice.NextSteps.Count == 0) yield break;

        var shown = notice.NextSteps.Take(MostSteps).ToArray();
        var most = MostInSteps / shown.Length;
        var left = notice.NextSteps.Count - shown.Length;
        yield return Section(string.Join('\n',
            [
                "*Next steps*",
                .. shown.Select((step, index) => $"{index + 1}. {SlackText.Escape(step, most - 4)}"),
                .. left > 0 ? [$"and {left} more"] : Array.Empty<string>(),
            ]));
    }

    // A link and not a button: a button makes Slack call an app that an incoming webhook does not have.
    private static IEnumerable<object> LinkOf(Notice notice)
    {
        if (notice.Link?.AbsoluteUri.Replace("&", "&amp;", StringComparison.Ordinal) is { Length: < 1000 } link)
            yield return Section($"<{link}|Read on>");
    }

    private static object Section(string text) => new { type = "section", text = Markdown(text) };

    // Verbatim: what merely looks like a link, a channel or a name stays text.
    private static object Markdown(string text) => new { type = "mrkdwn", text, verbatim = true };
}

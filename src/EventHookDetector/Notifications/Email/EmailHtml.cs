using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace EventHookDetector.Notifications.Email;

/// <summary>
/// A notice as HTML that any mail program shows: a table, styles on the elements, and no colours that a dark mode would
/// have to fight.
/// </summary>
internal static class EmailHtml
{
    private const string Cell = "padding:6px 12px 6px 0;border-bottom:1px solid #888888;text-align:left;vertical-align:top";

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static string Of(Notice notice) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Escape(notice.Title)}</title>
        </head>
        <body style="font-family:sans-serif;font-size:15px;line-height:1.45">
        <h2 style="font-size:19px{MarkOf(notice)}">{Escape(notice.Title)}</h2>{ReasonsOf(notice)}
        <p>{Escape(notice.Summary)}</p>
        <table style="border-collapse:collapse">
        {Lines(notice.Facts.Select(RowOf))}
        </table>
        {StepsOf(notice.NextSteps)}
        {LinkOf(notice.Link)}
        </body>
        </html>

        """;

    // A stripe beside the heading: a coloured ground would fight a dark mode.
    private static string MarkOf(Notice notice) => notice is { RaisedBecause: not null, Severity: { } severity }
        ? $";border-left:8px solid {SeverityMark.ColourOf(severity)};padding-left:10px"
        : "";

    private static string ReasonsOf(Notice notice) =>
        notice.RaisedBecause is { } because ? $"\n<p><strong>Raised because:</strong> {Escape(because)}</p>" : "";

    private static string RowOf(Fact fact) =>
        $"""<tr><th scope="row" style="{Cell};white-space:nowrap">{Escape(fact.Label)}</th><td style="{Cell};word-break:break-word">{Escape(fact.Value)}</td></tr>""";

    private static string StepsOf(IReadOnlyList<string> steps) => steps.Count == 0 ? "" :
        $"""
        <h3 style="font-size:16px">Next steps</h3>
        <ol>
        {Lines(steps.Select(step => $"<li>{Escape(step)}</li>"))}
        </ol>
        """;

    private static string LinkOf(Uri? link) => link is null ? "" : $"""<p><a href="{Encoder.Encode(link.AbsoluteUri)}">Read on</a></p>""";

    private static string Escape(string text) => Encoder.Encode(ForeignText.OneLine(text, EmailMessage.LongestLine));

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}

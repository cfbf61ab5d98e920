using System.Globalization;
using System.Text;
using EventHookDetector.Notifications;

namespace EventHookDetector.Triage.Backtests;

/// <summary>The answer for people to read.</summary>
internal static class BacktestText
{
    public static string Of(BacktestAnswer answer)
    {
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"{answer.LogEvents:N0} log events, published {Span(answer)}")
            .AppendLine(CultureInfo.InvariantCulture, $"Rules: {string.Join(", ", answer.Rules)}")
            .AppendLine();
        foreach (var (outcome, count) in answer.Outcomes) text.AppendLine(CultureInfo.InvariantCulture, $"{outcome,-12}{count,12:N0}");

        Add(text, "Fullest windows", answer.FullestWindows, window =>
            $"{window.Start:u} to {window.End:u}  {window.Alerted:N0} alerted, {window.Capped:N0} capped, cap {window.Cap:N0}  {window.RuleId}");
        Add(text, $"The first {answer.Records.Count} that a rule's query matches", answer.Records, record =>
            $"{record.Published:u}  {BacktestAnswer.Word(record.Outcome),-10}  {record.Actor ?? "?"} -> {record.Target ?? "?"}  {record.Uuid}  {record.Because}");
        Add(text, $"Could not be read, {answer.UnreadableBytes:N0} bytes in all; the first {answer.Unreadable.Count}", answer.Unreadable, unreadable =>
            $"line {unreadable.Line}, after {unreadable.Offset} bytes: {unreadable.Reason}");
        return text.ToString().TrimEnd();
    }

    private static FormattableString Span(BacktestAnswer answer) =>
        answer.From is null ? $"at times that none of them says" : (FormattableString)$"from {answer.From:u} to {answer.To:u}";

    private static void Add<T>(StringBuilder text, string title, IReadOnlyList<T> items, Func<T, FormattableString> line)
    {
        if (items.Count == 0) return;

        text.AppendLine().AppendLine(title);
        foreach (var item in items) text.Append("  ").AppendLine(ForeignText.OneLine(line(item).ToString(CultureInfo.InvariantCulture)));
    }
}

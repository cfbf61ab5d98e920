using System.Text.Json;
using EventHookDetector.Detection;
using EventHookDetector.Hosting;

namespace EventHookDetector.Triage.Backtests;

/// <summary>What the detector would have made of an export. Its counts are of all; its lists are of the first, or the fullest, few.</summary>
/// <param name="Rules">The ids of the rules that were tried.</param>
/// <param name="LogEvents">How many log events were read.</param>
/// <param name="Bytes">How long the export is.</param>
/// <param name="UnreadableBytes">How much of it could not be read.</param>
/// <param name="From">When the earliest of its log events was published.</param>
/// <param name="To">When the latest was.</param>
/// <param name="Outcomes">How many stories would have ended how; invalid are those that could not be read.</param>
/// <param name="FullestWindows">The windows with the most alerts, told or withheld; at most ten.</param>
/// <param name="Records">What became of the earliest hundred that matched a rule's query, without duplicates; notMatched is what is alone so far.</param>
/// <param name="Unreadable">The first ten that could not be read: where, and why.</param>
internal sealed record BacktestAnswer(
    IReadOnlyList<string> Rules, long LogEvents, long Bytes, long UnreadableBytes, DateTimeOffset? From, DateTimeOffset? To,
    IReadOnlyDictionary<string, long> Outcomes, IReadOnlyList<BacktestWindow> FullestWindows, IReadOnlyList<BacktestRecord> Records,
    IReadOnlyList<UnreadableLogEvent> Unreadable)
{
    public const int MostWindows = 10;
    public const int MostRecords = 100;
    public const int MostUnreadable = 10;

    /// <summary>What can be read.</summary>
    public const string Export =
        "an export of the System Log in UTF-8, without a content encoding: a JSON array of log events, or a log event a line (NDJSON)";

    private const string ExampleRule = "729aa18d-06a6-41c7-b175-b65b739b1181";

    /// <summary>Made of the real thing, so that it cannot differ.</summary>
    public static string Example { get; } = JsonSerializer.Serialize(
        new BacktestAnswer(
            [ExampleRule], LogEvents: 48_210, Bytes: 141_263_871, UnreadableBytes: 212,
            Time("2026-08-26T00:00:01.112Z"), Time("2026-11-23T23:59:58.031Z"),
            Words(new()
            {
                [DetectionOutcome.Invalid] = 1,
                [DetectionOutcome.NotMatched] = 48_203,
                [DetectionOutcome.Duplicate] = 1,
                [DetectionOutcome.Expected] = 2,
                [DetectionOutcome.Alerted] = 4,
            }),
            [new(ExampleRule, Time("2026-11-02T09:15:00Z"), Time("2026-11-02T09:20:00Z"), Cap: 100, Alerted: 3, Capped: 0)],
            [
                new(
                    "5b8b7c60-c8f4-11f0-9a3d-0242ac120001", Time("2026-11-02T09:15:01.417Z"), DetectionOutcome.Expected,
                    "Announced under ticket HD-4711, approved by grace.hopper@example.com.", ExampleRule,
                    "helpdesk.one@example.com", "ada.byron@example.com"),
            ],
            [new(Line: 31_007, Offset: 90_830_112, "The JSON breaks here.")]),
        ApiJson.Options);

    /// <returns>Why this is no answer: without a log event, all its zeros would look like a rule that never tells anything. Null if it is one.</returns>
    public string? FindFault() => this switch
    {
        { LogEvents: > 0 } => null,
        { Unreadable: [var first, ..] } =>
            $"No log event in it could be read. It must be {Export}. Line {first.Line}, after {first.Offset} bytes: {first.Reason}",
        _ => $"It holds no log event. It must be {Export}.",
    };

    /// <summary>The outcomes as words, every one of them, with how many there were.</summary>
    public static IReadOnlyDictionary<string, long> Words(Dictionary<DetectionOutcome, long> outcomes) => Enum.GetValues<DetectionOutcome>()
        .ToDictionary(Word, outcome => outcomes.GetValueOrDefault(outcome));

    public static string Word(DetectionOutcome outcome) => JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());

    private static DateTimeOffset Time(string text) => ApiTime.Read(text)!.Value;
}

/// <summary>One window of one rule: how many alerts it would have told, and how many it would have withheld.</summary>
internal sealed record BacktestWindow(string RuleId, DateTimeOffset Start, DateTimeOffset End, int Cap, long Alerted, long Capped);

/// <summary>What would have become of one log event, and why where the outcome alone does not say it.</summary>
internal sealed record BacktestRecord(
    string Uuid, DateTimeOffset? Published, DetectionOutcome Outcome, string? Because, string RuleId, string? Actor, string? Target);

/// <summary>Where something could not be read.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Offset">How many bytes stand before it.</param>
/// <param name="Reason">Why.</param>
internal sealed record UnreadableLogEvent(long Line, long Offset, string Reason);

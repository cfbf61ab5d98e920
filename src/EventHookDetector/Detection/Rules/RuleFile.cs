using System.Text.RegularExpressions;
using EventHookDetector.Alerts;
using EventHookDetector.Detection.Kql;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace EventHookDetector.Detection.Rules;

/// <summary>A rule as it is read from its file, with its query ready to be asked.</summary>
internal sealed record DetectionRule(Rule Rule, KqlQuery Query)
{
    /// <summary>Sentences about what is allowed in its query and probably not meant.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>What is wrong with a file of a rule, and where.</summary>
/// <param name="File">Its name.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Fault">A sentence without its stop.</param>
internal sealed record RuleFault(string File, int Line, int Column, string Fault)
{
    public override string ToString() => $"{File}, line {Line}, column {Column}: {Fault}.";
}

/// <summary>One rule in TOML. The files beside this one show what can stand in it.</summary>
internal sealed partial class RuleFile
{
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromMinutes(5);
    private const int DefaultMaxAlerts = 100;

    private readonly List<RuleFault> _faults = [];
    private readonly string _name;

    private RuleFile(string name, Exception unreadable)
    {
        _name = name;
        Report(default, $"the file cannot be read: {unreadable.Message.TrimEnd('.')}");
    }

    private RuleFile(string name, string text, ISet<string>? taken)
    {
        _name = name;
        var document = SyntaxParser.Parse(text, name, validate: true);
        Id = document.KeyValues
            .Where(entry => TomlEntries.NameOf(entry.Key) == "id")
            .Select(entry => (entry.Value as StringValueSyntax)?.Value)
            .FirstOrDefault();
        foreach (var fault in document.Diagnostics.Where(fault => fault.Kind == DiagnosticMessageKind.Error))
            Report(fault.Span, fault.Message.TrimEnd('.'));
        // Of a file that is no TOML, the rest would be guesses.
        if (_faults.Count > 0) return;

        var rule = ReadRule(document, taken);
        if (_faults.Count == 0) Rule = rule;
    }

    /// <summary>The id that it states, whatever else is wrong with it.</summary>
    public string? Id { get; }

    /// <summary>Null if it has faults.</summary>
    public DetectionRule? Rule { get; }

    public IReadOnlyList<RuleFault> Faults => _faults;

    public static RuleFile Read(string name, string text) => new(name, text, taken: null);

    /// <param name="path">Where an operator's own rule lies. A file that cannot be read is a fault like any other.</param>
    /// <param name="taken">The ids that others have; its own is added.</param>
    public static RuleFile ReadOwn(string path, ISet<string> taken)
    {
        var name = Path.GetFileName(path);
        try
        {
            return new(name, File.ReadAllText(path), taken);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or TomlException)   // nested too deeply, it is not even parsed
        {
            return new(name, fault);
        }
    }

    private DetectionRule? ReadRule(DocumentSyntax document, ISet<string>? taken)
    {
        var top = new TomlEntries("", document, document.KeyValues, (place, fault) => Report(place.Span, fault));
        var triage = document.Tables.OfType<TableSyntax>().FirstOrDefault(table => TomlEntries.NameOf(table.Name) == "triage");
        var threats = document.Tables.OfType<TableArraySyntax>().Where(table => TomlEntries.NameOf(table.Name) == "threat").ToArray();
        if (triage is null) Report(document.Span, "the table [triage] is missing");
        var burst = document.Tables.OfType<TableSyntax>().FirstOrDefault(table => TomlEntries.NameOf(table.Name) == "burst");
        foreach (var table in document.Tables.Where(table => table != triage && table != burst && !threats.Contains(table)))
            Report(table.Span, "this is not a table here; there are [triage], [burst] and any number of [[threat]]");

        var text = top.Text("query").Trim();
        var query = ReadQuery(top, text);
        var rule = new Rule
        {
            Id = ReadId(top, taken),
            Name = top.Text("name"),
            Version = top.Number("version", 1, int.MaxValue),
            Enabled = top.OptionalFlag("enabled") ?? false,
            Description = top.Text("description").Trim(),
            Severity = top.OneOf<AlertSeverity>("severity"),
            RiskScore = top.Number("risk_score", 0, 100),
            Query = text,
            EventTypes = [.. (query?.EventTypes ?? new HashSet<string>()).Order(StringComparer.Ordinal)],
            Tags = top.OptionalTexts("tags") ?? [],
            Threat = [.. threats.Select(ReadThreat)],
            Window = top.OptionalTime("window", DetectionOptions.ShortestWindow, DetectionOptions.LongestWindow) ?? DefaultWindow,
            MaxAlerts = top.OptionalNumber("max_alerts", 1, int.MaxValue) ?? DefaultMaxAlerts,
            AlertOn = top.OptionalSomeOf<ActorKind>("alert_on"),
            Burst = burst is null ? null : ReadBurst(burst),
            TriageGuide = triage is null ? new([], [], []) : ReadGuide(triage),
            References = top.OptionalTexts("references") ?? [],
        };
        top.RefuseOthers();
        return query is null ? null : new DetectionRule(rule, query) { Warnings = query.FindWarnings() };
    }

    private static string ReadId(TomlEntries top, ISet<string>? taken)
    {
        var id = top.Text("id");
        if (id.Length > 0 && !RuleId().IsMatch(id))
            top.Refuse("id", "must be of lower-case letters, digits and hyphens, 64 at most, such as a UUID");
        else if (taken?.Add(id) == false) top.Refuse("id", "is that of another rule");
        return id;
    }

    private static KqlQuery? ReadQuery(TomlEntries top, string text)
    {
        if (text.Length == 0) return null;

        try
        {
            var query = KqlQuery.Parse(text);
            if (query.EventTypes is null)
            {
                top.Refuse(
                    "query",
                    "could match log events of any type, and every log event would have to be read; name the types it is about, "
                    + "such as event.action:user.mfa.factor.reset_all and …");
            }
            else if (query.EventTypes.Count == 0)
            {
                top.Refuse("query", "can match no log event: it asks for two event types at once");
            }

            return query;
        }
        catch (KqlException fault)
        {
            top.Refuse("query", $"is not KQL. {fault.Message.TrimEnd('.')}");
            return null;
        }
    }

    private Threat ReadThreat(TableArraySyntax table)
    {
        var entries = EntriesOf(table, "threat.");
        var threat = new Threat(
            entries.Text("tactic_id"), entries.Text("tactic"), entries.Text("technique_id"), entries.Text("technique"),
            entries.OptionalText("subtechnique_id"), entries.OptionalText("subtechnique"));
        entries.RefuseOthers();
        return threat;
    }

    private Burst ReadBurst(TableSyntax table)
    {
        var entries = EntriesOf(table, "burst.");
        var burst = new Burst(
            entries.Number("at_least", 2, 100),
            entries.Time("within", DetectionOptions.ShortestWindow, DetectionOptions.LongestWindow));
        entries.RefuseOthers();
        return burst;
    }

    private TriageGuide ReadGuide(TableSyntax table)
    {
        var entries = EntriesOf(table, "triage.");
        var guide = new TriageGuide(entries.Texts("investigate"), entries.Texts("false_positives"), entries.Texts("respond"));
        entries.RefuseOthers();
        return guide;
    }

    private TomlEntries EntriesOf(TableSyntaxBase table, string path) =>
        new(path, table, table.Items.OfType<KeyValueSyntax>(), (place, fault) => Report(place.Span, fault));

    private void Report(SourceSpan place, string fault) => _faults.Add(new(_name, place.Start.Line + 1, place.Start.Column + 1, fault));

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}\\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RuleId();
}

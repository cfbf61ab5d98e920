using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage.Backtests;

[Trait("Engine", "Any")]
public sealed class BacktestCommandTests : IAsyncDisposable
{
    private readonly DetectorProcess _detector = new();

    private string File => Path.Combine(_detector.Folder.FullName, "export.ndjson");

    [Fact]
    public async Task It_needs_no_more_of_the_configuration_than_rules_and_answers_for_people()
    {
        await WriteAsync(SomeExport.AsLines(Some.FactorReset(actor: "eve\u001b[31m@example.com"), Some.Login()));
        _detector.Settings.Remove("Storage:Provider");
        _detector.Settings["Storage:ConnectionString"] = $"Data Source={Path.Combine(_detector.Folder.FullName, "not-there.db")}";

        var exitCode = await _detector.RunAsync("backtest", File);

        Assert.True(exitCode == 0, _detector.Errors);
        Assert.Contains("2 log events, published from 2026-11-24 09:19:57Z to 2026-11-24 09:19:57Z", _detector.Output, StringComparison.Ordinal);
        Assert.Matches("alerted +1\n", _detector.Output);
        Assert.DoesNotContain('\u001b', _detector.Output);
        Assert.Contains("100 % of 0 MB, 2 log events", _detector.Errors, StringComparison.Ordinal);
        Assert.Contains("Without exception items and expected resets", _detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_answers_in_JSON_as_the_API_does_with_the_items_of_the_configured_database()
    {
        var export = SomeExport.AsLines(Some.FactorReset(actor: "eve@example.com").At("2026-11-24T09:21:00Z"), Some.FactorReset(), Some.LogEvent(SomeExport.PolicyType));
        await WriteAsync(export);
        await using var app = new DetectorApp();
        await app.ExceptAsync("okta.actor.alternate_id:\"eve@example.com\"");
        _detector.Settings["Storage:ConnectionString"] = app.Settings["Storage:ConnectionString"]!;

        var exitCode = await _detector.RunAsync("backtest", "--json", File, "--rule", SomeExport.ResetRule);

        Assert.True(exitCode == 0, _detector.Errors);
        var answer = JsonNode.Parse(_detector.Output)!;
        Assert.Equal((await app.BacktestAsync(export)).ToJsonString(), answer.ToJsonString());
        Assert.Equal((1, 1), (answer.Count("alerted"), answer.Count("excepted")));
        Assert.DoesNotContain("Without", _detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_rule_it_tries_all_that_are_in_force()
    {
        _detector.Settings["Detection:Rules:0"] = SomeExport.PolicyRule;
        await WriteAsync(SomeExport.AsLines(Some.FactorReset(), Some.LogEvent(SomeExport.PolicyType)));

        await _detector.RunAsync("backtest", File, "--json");

        Assert.Equal(2, JsonNode.Parse(_detector.Output)!.Count("alerted"));
    }

    [Fact]
    public async Task What_could_not_be_read_is_told_with_its_place_and_in_the_exit_code()
    {
        await WriteAsync($"{{\"broken\"\n{SomeExport.AsLines(Some.FactorReset())}");

        Assert.Equal(1, await _detector.RunAsync("backtest", File));
        Assert.Matches("alerted +1\n", _detector.Output);
        Assert.Contains("line 2, after 10 bytes: The JSON breaks here.", _detector.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData(" \n")]
    [InlineData("\uFEFF")]
    public async Task A_file_without_a_log_event_is_told_from_one_that_nothing_matches(string export)
    {
        await WriteAsync(export);

        Assert.Equal(1, await _detector.RunAsync("backtest", File, "--json"));
        Assert.Contains("It holds no log event. It must be an export of the System Log", _detector.Errors, StringComparison.Ordinal);
        Assert.Equal("", _detector.Output.Trim());
    }

    [Fact]
    public async Task The_outcomes_of_single_log_events_are_told_in_the_words_of_the_counts_and_in_one_column()
    {
        _detector.Settings["Detection:Rules:0"] = SomeExport.ResetRule;
        var alone = Some.LogEvent("user.mfa.factor.deactivate", target: "bob@example.com");
        await WriteAsync(SomeExport.AsLines(Some.FactorReset(), alone));

        Assert.Equal(0, await _detector.RunAsync("backtest", File));
        Assert.Contains("The first 2 that a rule's query matches", _detector.Output, StringComparison.Ordinal);
        Assert.Contains("  alerted     helpdesk", _detector.Output, StringComparison.Ordinal);
        Assert.Contains("  notMatched  helpdesk", _detector.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_cannot_be_read()
    {
        Assert.Equal(1, await _detector.RunAsync("backtest", File));
        Assert.Contains($"There is no file {File}", _detector.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backtest")]
    [InlineData("backtest", "a", "b")]
    [InlineData("backtest", "a", "--rule")]
    [InlineData("backtest", "a", "--rule", "nobody-knows-it")]
    [InlineData("backtest", "a", "--fast")]
    public async Task Called_otherwise_than_meant_it_says_how_it_is_meant(params string[] words)
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(_detector.Folder.FullName, "a"), "[]", TestContext.Current.CancellationToken);

        Assert.Equal(2, await _detector.RunAsync(words));
        Assert.Contains("Usage: EventHookDetector backtest FILE", _detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_million_log_events_that_do_not_match_need_nothing_on_disk()
    {
        // Whoever wants to write anything there fails.
        _detector.Settings["TMPDIR"] = Path.Combine(_detector.Folder.FullName, "no-such-folder");
        var small = Some.Login();
        foreach (var name in (string[])["client", "target", "actor"]) small.Remove(name);
        var text = small.ToJsonString();
        await WriteArrayAsync(_ => text, 500_000);

        var exitCode = await _detector.RunAsync("backtest", File, "--json");

        Assert.True(exitCode == 0, _detector.Errors);
        Assert.Equal(500_000, JsonNode.Parse(_detector.Output)!.Count("notMatched"));
    }

    [Fact]
    public async Task An_export_twice_as_long_as_all_memory_is_read_and_judged()
    {
        _detector.Settings["DOTNET_GCHeapHardLimit"] = $"0x{48 * 1024 * 1024:x}";
        var login = Some.Login().ToJsonString();
        await WriteArrayAsync(i => i % 40 == 0 ? Some.FactorReset(target: $"t{i}@example.com").ToJsonString() : login, 160_000);
        Assert.True(new FileInfo(File).Length > 100_000_000);

        var exitCode = await _detector.RunAsync("backtest", File, "--json");

        Assert.True(exitCode == 0, _detector.Errors);
        var answer = JsonNode.Parse(_detector.Output)!;
        Assert.Equal((156_000, 4_000), (answer.Count("notMatched"), answer.Count("alerted") + answer.Count("capped")));
    }

    [Fact]
    public async Task One_that_matches_is_judged_on_disk()
    {
        _detector.Settings["TMPDIR"] = Path.Combine(_detector.Folder.FullName, "no-such-folder");
        await WriteAsync(SomeExport.AsLines(Some.FactorReset()));

        Assert.Equal(1, await _detector.RunAsync("backtest", File));
        Assert.Contains("no-such-folder", _detector.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_left_behind()
    {
        var temporary = _detector.Folder.CreateSubdirectory("temporary");
        _detector.Settings["TMPDIR"] = temporary.FullName;
        await WriteAsync(SomeExport.AsLines(Some.FactorReset()));

        Assert.Equal(0, await _detector.RunAsync("backtest", File));
        Assert.Empty(temporary.GetDirectories("backtest-*"));
        Assert.False(Directory.Exists(Path.Combine(_detector.Folder.FullName, "data")));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private Task WriteAsync(string export) => System.IO.File.WriteAllTextAsync(File, export, TestContext.Current.CancellationToken);

    private async Task WriteArrayAsync(Func<int, string> logEvent, int count)
    {
        await using var file = new StreamWriter(File);
        for (var i = 0; i < count; i++) await file.WriteAsync($"{(i == 0 ? '[' : ',')}{logEvent(i)}");
        await file.WriteAsync(']');
    }
}

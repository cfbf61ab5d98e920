using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

[Trait("Engine", "Any")]
public sealed class CommandLineTests : IAsyncDisposable
{
    private static readonly string[] Listed = ["backtest FILE", "backup FILE", "migrate-storage", "verify-audit", "--health URL"];

    private readonly DetectorProcess _program = new();

    [Theory]
    [InlineData("verify-adit")]
    [InlineData("BACKUP", "a-file")]
    [InlineData("")]
    [InlineData("--health")]
    [InlineData("-v")]
    [InlineData("-version")]
    [InlineData("--VERSION")]
    [InlineData("--verify-audit")]
    [InlineData("--version", "now")]
    [InlineData("--urls", "http://127.0.0.1:0", "--version")]
    [InlineData("--urls", "http://127.0.0.1:0", "--verify-audit")]
    [InlineData("--Storage:Provider", "Sqlite", "backup", "a-file")]
    [InlineData("--Stroage:Provider", "Sqlite")]
    [InlineData("--Storage:Provider")]
    [InlineData("--Storage:Provider", "--urls=http://127.0.0.1:0")]
    [InlineData("--PublicUlr=https://detector.example.com/")]
    public async Task A_misspelt_command_starts_no_detector_and_is_told_which_commands_there_are(params string[] words)
    {
        Assert.Equal(2, await _program.RunAsync(words));

        Assert.All(Listed, command => Assert.Contains(command, _program.Errors, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--verify-audit", "Perhaps verify-audit is meant")]
    [InlineData("--verison", "Perhaps --version is meant")]
    [InlineData("-version", "Perhaps --version is meant")]
    [InlineData("--Notifers:mail:Type=email", "Perhaps --Notifiers:mail:Type is meant")]
    [InlineData("bakup", "Perhaps backup is meant")]
    public async Task The_nearest_command_or_setting_is_named(string word, string suggestion)
    {
        Assert.Equal(2, await _program.RunAsync(word));

        Assert.Contains(suggestion, _program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        Assert.Equal(0, await _program.RunAsync("--version"));

        Assert.Matches(@"^EventHookDetector \d+\.\d+\.\d+", _program.Output);
        Assert.Empty(_program.Errors.Trim());
    }

    [Theory]
    [MemberData(nameof(SettingsTableTests.Settings), MemberType = typeof(SettingsTableTests))]
    public void Every_setting_is_a_flag(string key, string? _) => Assert.Null(CommandLineFlags.FindFault([$"--{key}", "a value"], []));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Whoever_asks_for_help_is_told_which_commands_there_are(string word)
    {
        Assert.Equal(0, await _program.RunAsync(word));

        Assert.All(Listed, command => Assert.Contains(command, _program.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("backtest")]
    [InlineData("backup")]
    [InlineData("migrate-storage")]
    [InlineData("verify-audit")]
    public async Task Each_command_says_more_about_itself(string command)
    {
        Assert.Equal(0, await _program.RunAsync(command, "--help"));

        Assert.StartsWith($"Usage: EventHookDetector {command}", _program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_are_no_command()
    {
        // It starts, and so finds what else is missing.
        Assert.Equal(78, await _program.RunAsync("--urls", "http://127.0.0.1:0", "--Storage:Provider", "Stone"));

        Assert.Contains("Storage:Provider", _program.Errors, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _program.DisposeAsync();
}

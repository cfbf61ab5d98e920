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
    public async Task A_misspelt_command_starts_no_detector_and_is_told_which_commands_there_are(params string[] words)
    {
        Assert.Equal(2, await _program.RunAsync(words));

        Assert.All(Listed, command => Assert.Contains(command, _program.Errors, StringComparison.Ordinal));
    }

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

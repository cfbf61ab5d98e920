using EventHookDetector.Triage.Backtests;
using Microsoft.Extensions.Time.Testing;

namespace EventHookDetector.Tests.Triage.Backtests;

[Trait("Engine", "Any")]
public sealed class BacktestProgressTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly StringWriter _written = new() { NewLine = "\n" };

    [Fact]
    public void Without_a_terminal_there_is_a_plain_line_every_five_seconds_and_one_at_the_end()
    {
        var progress = new BacktestProgress(_written, isTerminal: false, length: 300_000_000, _clock);

        progress.Show(new(Bytes: 1, LogEvents: 1, Matching: 0, Judged: 0));
        _clock.Advance(TimeSpan.FromSeconds(5));
        progress.Show(new(Bytes: 100_000_000, LogEvents: 50_000, Matching: 12, Judged: 0));
        _clock.Advance(TimeSpan.FromSeconds(1));
        progress.Show(new(Bytes: 120_000_000, LogEvents: 60_000, Matching: 12, Judged: 0));
        _clock.Advance(TimeSpan.FromSeconds(4));
        progress.Show(new(Bytes: 300_000_000, LogEvents: 150_000, Matching: 20, Judged: 12));
        progress.Show(new(Bytes: 300_000_000, LogEvents: 150_000, Matching: 20, Judged: 20));
        progress.End();

        Assert.Equal(
            """
            33 % of 300 MB, 50,000 log events, 10,000 a second, 10 s left, 12 match
            100 % of 300 MB, 150,000 log events, 15,000 a second, 12 of 20 that match judged
            100 % of 300 MB, 150,000 log events, 15,000 a second, 20 of 20 that match judged

            """,
            _written.ToString());
    }

    [Fact]
    public void On_a_terminal_one_line_with_a_bar_is_written_over_and_over()
    {
        var progress = new BacktestProgress(_written, isTerminal: true, length: 10_000_000, _clock);

        _clock.Advance(TimeSpan.FromSeconds(1));
        progress.Show(new(Bytes: 5_000_000, LogEvents: 50, Matching: 0, Judged: 0));
        _clock.Advance(TimeSpan.FromSeconds(1));
        progress.Show(new(Bytes: 10_000_000, LogEvents: 100, Matching: 0, Judged: 0));
        progress.End();

        Assert.Equal(
            [
                "", "[############............] 50 % of 10 MB, 50 log events, 50 a second, 1 s left, 0 match",
                "[########################] 100 % of 10 MB, 100 log events, 50 a second, 0 match",
                "[########################] 100 % of 10 MB, 100 log events, 50 a second, 0 match",
            ],
            _written.ToString().Split('\r').Select(line => line.TrimEnd()));
        Assert.EndsWith("\n", _written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_what_comes_through_a_pipe_nobody_knows_how_much_there_is()
    {
        var progress = new BacktestProgress(_written, isTerminal: false, length: null, _clock);

        _clock.Advance(TimeSpan.FromSeconds(10));
        progress.Show(new(Bytes: 5_000_000, LogEvents: 50, Matching: 3, Judged: 0));

        Assert.Equal("5 MB, 50 log events, 5 a second, 3 match\n", _written.ToString());
    }
}

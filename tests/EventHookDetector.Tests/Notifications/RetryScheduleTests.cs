using EventHookDetector.Notifications;

namespace EventHookDetector.Tests.Notifications;

[Trait("Engine", "Any")]
public sealed class RetryScheduleTests
{
    [Fact]
    public void The_delay_doubles_from_five_seconds_to_an_hour()
    {
        var delays = Enumerable.Range(1, 14).Select(attempt => RetrySchedule.DelayAfter(attempt, askedFor: null, jitter: 0.5)).ToArray();

        Assert.Equal(TimeSpan.FromSeconds(5), delays[0]);
        Assert.Equal(TimeSpan.FromSeconds(10), delays[1]);
        Assert.Equal(TimeSpan.FromHours(1), delays[^1]);
        Assert.Equal(delays, delays.Order());
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 6)]
    public void Chance_moves_it_by_a_fifth_either_way(double jitter, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetrySchedule.DelayAfter(1, askedFor: null, jitter));

    [Fact]
    public void However_many_attempts_there_were_the_delay_stays_an_hour() =>
        Assert.Equal(TimeSpan.FromHours(1), RetrySchedule.DelayAfter(int.MaxValue, askedFor: null, jitter: 0.5));

    [Fact]
    public void A_channel_that_asks_for_no_delay_gets_at_least_ours() =>
        Assert.Equal(TimeSpan.FromSeconds(5), RetrySchedule.DelayAfter(1, TimeSpan.Zero, jitter: 0.5));
}

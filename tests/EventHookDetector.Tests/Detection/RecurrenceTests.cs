using System.Globalization;
using EventHookDetector.Detection;

namespace EventHookDetector.Tests.Detection;

/// <summary>In Berlin, the clocks go forward on 29 March 2026 at 01:00Z, and back on 25 October 2026 at 01:00Z.</summary>
[Trait("Engine", "Any")]
public sealed class RecurrenceTests
{
    [Theory]
    [InlineData("2026-11-24T07:59:59Z", false)]
    [InlineData("2026-11-24T08:00:00Z", true)]
    [InlineData("2026-11-24T15:59:59Z", true)]
    [InlineData("2026-11-24T16:00:00Z", false)]
    [InlineData("2026-11-22T08:30:00Z", false)]
    public void A_window_is_open_from_its_beginning_up_to_its_end(string time, bool isOpen) =>
        Assert.Equal(isOpen, Berlin("0 9 * * 1-5", hours: 8).IsOpenAt(At(time)));

    [Theory]
    [InlineData("2026-03-27T08:00:00Z", true)]
    [InlineData("2026-03-27T07:59:59Z", false)]
    [InlineData("2026-03-30T07:00:00Z", true)]
    [InlineData("2026-03-30T06:59:59Z", false)]
    [InlineData("2026-03-30T09:00:00Z", false)]
    [InlineData("2026-10-23T07:00:00Z", true)]
    [InlineData("2026-10-26T07:59:59Z", false)]
    [InlineData("2026-10-26T08:00:00Z", true)]
    public void It_begins_at_its_hour_by_the_clock_in_summer_and_in_winter(string time, bool isOpen) =>
        Assert.Equal(isOpen, Berlin("0 9 * * 1-5", hours: 2).IsOpenAt(At(time)));

    [Theory]
    [InlineData("2026-03-28T20:59:59Z", false)]
    [InlineData("2026-03-28T21:00:00Z", true)]
    [InlineData("2026-03-29T04:59:59Z", true)]
    [InlineData("2026-03-29T05:00:00Z", false)]
    [InlineData("2026-10-24T19:59:59Z", false)]
    [InlineData("2026-10-24T20:00:00Z", true)]
    [InlineData("2026-10-25T03:59:59Z", true)]
    [InlineData("2026-10-25T04:00:00Z", false)]
    public void A_night_in_which_the_clocks_change_is_as_long_as_any(string time, bool isOpen) =>
        Assert.Equal(isOpen, Berlin("0 22 * * *", hours: 8).IsOpenAt(At(time)));

    [Theory]
    [InlineData("2026-03-29T00:59:59Z", false)]
    [InlineData("2026-03-29T01:00:00Z", true)]
    [InlineData("2026-03-29T01:59:59Z", true)]
    [InlineData("2026-03-29T02:00:00Z", false)]
    public void An_hour_that_is_left_out_begins_when_the_clocks_have_moved(string time, bool isOpen) =>
        Assert.Equal(isOpen, Berlin("30 2 * * *", hours: 1).IsOpenAt(At(time)));

    [Theory]
    [InlineData("2026-10-25T00:30:00Z", true)]
    [InlineData("2026-10-25T01:29:59Z", true)]
    [InlineData("2026-10-25T01:30:00Z", false)]
    [InlineData("2026-10-25T02:00:00Z", false)]
    public void An_hour_that_comes_twice_begins_once(string time, bool isOpen) =>
        Assert.Equal(isOpen, Berlin("30 2 * * *", hours: 1).IsOpenAt(At(time)));

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("0001-01-01T03:00:00+02:00")]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("9999-12-31T09:59:59-14:00")]
    public void At_either_end_of_all_time_it_has_an_answer(string time)
    {
        foreach (var zone in (string[])["Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Etc/UTC"])
            new Recurrence("* * * * *", TimeSpan.FromDays(7), zone).IsOpenAt(At(time));
    }

    private static Recurrence Berlin(string cron, int hours) => new(cron, TimeSpan.FromHours(hours), "Europe/Berlin");

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}

using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

[Trait("Engine", "Any")]
public sealed class FactorCountTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("2 MFA factors (OKTA_VERIFY_PUSH twice) of", "OKTA_VERIFY_PUSH twice", "OKTA_VERIFY_PUSH", "OKTA_VERIFY_PUSH")]
    [InlineData("3 MFA factors (OKTA_VERIFY_PUSH twice, SMS_FACTOR) of", "OKTA_VERIFY_PUSH twice, SMS_FACTOR", "OKTA_VERIFY_PUSH", "SMS_FACTOR", "OKTA_VERIFY_PUSH")]
    [InlineData("3 MFA factors (SMS_FACTOR 3 times) of", "SMS_FACTOR 3 times", "SMS_FACTOR", "SMS_FACTOR", "SMS_FACTOR")]
    [InlineData("2 MFA factors of", "OKTA_VERIFY_PUSH, SMS_FACTOR", "OKTA_VERIFY_PUSH", "SMS_FACTOR")]
    public async Task Two_factors_of_one_name_are_two(string summary, string fact, params string[] factors)
    {
        var channel = _detector.WithNotifier("secops");

        await _detector.DeliverAsync([.. factors.Select(Deactivated)]);
        await _detector.DispatchNotificationsAsync();

        var notice = Assert.Single(channel.Received);
        Assert.Contains(summary, notice.Summary, StringComparison.Ordinal);
        Assert.Contains("were removed", notice.Summary, StringComparison.Ordinal);
        Assert.Equal(fact, Assert.Single(notice.Facts, one => one.Label == "Factors").Value);
        Assert.Equal(factors, Assert.Single(await _detector.AlertsAsync())["factors"]!.AsArray().Select(factor => factor!.GetValue<string>()));
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static JsonObject Deactivated(string factor, int place)
    {
        var logEvent = Some.LogEvent("user.mfa.factor.deactivate").At($"2026-11-24T09:19:57.{place:000}Z");
        logEvent["outcome"]!["reason"] = $"User reset {factor} factor";
        return logEvent;
    }
}

using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Detection;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.Options;

namespace EventHookDetector.Tests.Detection;

/// <summary>Nearly all that an org logs is of no interest; it must cost next to nothing, with every shipped rule on.</summary>
public sealed class UnwantedLogEventTests
{
    private const int Times = 1000;

    private readonly DetectionRules _rules = new(Options.Create(new DetectionOptions
    {
        Rules = [.. RuleFiles.Shipped.Rules.Select(rule => rule.Rule.Id)],
    }));

    [Fact]
    public void In_a_delivery_a_hundred_cost_no_more_memory_than_one()
    {
        var (one, hundred) = (DeliveryOf(1), DeliveryOf(100));

        Assert.Equal(100, DeliveryReader.Read(hundred, _rules.WantedEventTypes).Unwanted);
        Assert.Equal(
            AllocatedBy(() => DeliveryReader.Read(one, _rules.WantedEventTypes)),
            AllocatedBy(() => DeliveryReader.Read(hundred, _rules.WantedEventTypes)));
    }

    [Fact]
    public void In_an_export_one_is_passed_over_without_an_object()
    {
        var json = Bytes(Some.Login());

        Assert.Null(LogEventScan.Of(json, isAll: true, _rules.WantedEventTypes).EventType);
        Assert.Equal(0, AllocatedBy(() => LogEventScan.Of(json, isAll: true, _rules.WantedEventTypes).End));
    }

    [Fact]
    public void Of_one_it_is_known_without_an_object_that_no_rule_wants_it()
    {
        var logEvent = new LogEvent(Bytes(Some.Login()), "user.session.start", "example.okta.com");

        Assert.Null(_rules.FirstMatching(logEvent));
        Assert.Equal(0, AllocatedBy(() => _rules.FirstMatching(logEvent)));
    }

    [Theory]
    [InlineData("user.authentication.auth_via_mfa", "SUCCESS", null)]
    [InlineData("user.authentication.auth_via_mfa", "FAILURE", "INVALID_CREDENTIALS")]
    [InlineData("user.mfa.factor.deactivate", "FAILURE", null)]
    [InlineData("user.mfa.factor.deactivate", "SUCCESS", "User reset SECURITY_QUESTION factor")]
    [InlineData("system.idp.lifecycle.create", "FAILURE", null)]
    public void Rules_turn_down_one_of_a_wanted_type_without_an_object(string eventType, string result, string? reason)
    {
        var json = Some.LogEvent(eventType);
        json["outcome"] = new JsonObject { ["result"] = result, ["reason"] = reason };
        var logEvent = new LogEvent(Bytes(json), eventType, "example.okta.com");

        Assert.Contains(_rules.InForce, rule => rule.EventTypes.Contains(eventType));
        Assert.Null(_rules.FirstMatching(logEvent));
        Assert.Equal(0, AllocatedBy(() => _rules.FirstMatching(logEvent)));
    }

    private static byte[] DeliveryOf(int logEvents) =>
        Bytes(Some.Delivery([.. Enumerable.Range(0, logEvents).Select(_ => Some.Login())]));

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    /// <summary>The bytes on the heap for a thousand times. The least of several rounds, for the compiler may still be at work on the first.</summary>
    private static long AllocatedBy<T>(Func<T> work) => Enumerable.Range(0, 5).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < Times; n++) work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}

using System.Diagnostics;
using System.Net;
using Dapper;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;
using EventHookDetector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Hosting;

[Collection(nameof(Alone))]
public sealed class TraceTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    [Fact]
    public async Task A_reset_can_be_followed_from_its_delivery_through_the_commit_and_the_outbox_to_each_notifier()
    {
        _detector.WithNotifier("secops");
        using var traces = new RecordedTraces();

        await _detector.DeliverAsync(Some.FactorReset(uuid: "the-uuid"));
        await _detector.DispatchNotificationsAsync();

        var (delivery, logEvent) = (Assert.Single(traces.Of("delivery")), Assert.Single(traces.Of("log event")));
        var (commit, attempt) = (Assert.Single(traces.Of("commit"), commit => LinksTo(commit, logEvent)), Assert.Single(traces.Of("notification attempt")));
        Assert.Equal((delivery.TraceId, delivery.SpanId), (logEvent.TraceId, logEvent.ParentSpanId));
        Assert.True(LinksTo(logEvent, commit));
        Assert.True(LinksTo(attempt, logEvent));
        Assert.NotEqual(delivery.TraceId, attempt.TraceId);
        Assert.Equal(204, delivery.GetTagItem("answer"));
        Assert.Equal(("Alerted", "the-uuid", "example.okta.com"), (logEvent.GetTagItem("outcome"), logEvent.GetTagItem("uuid"), logEvent.GetTagItem("org")));
        Assert.Equal(("secops", "Alert", 1L, "Sent"), (attempt.GetTagItem("notifier"), attempt.GetTagItem("kind"), attempt.GetTagItem("attempt"), attempt.GetTagItem("result")));
        Assert.Contains(traces.Of("commit"), recording => LinksTo(recording, attempt));
    }

    [Fact]
    [Trait("Engine", "PostgreSql")]
    public async Task Another_replica_links_to_the_delivery_that_this_one_took()
    {
        await using var other = new DetectorApp(_detector.Storage);
        _detector.WithNotifier("secops");
        other.WithNotifier("secops");
        using var traces = new RecordedTraces();

        await _detector.DeliverAsync(Some.FactorReset());
        await other.DispatchNotificationsAsync();

        Assert.Single(other.FarEnds["secops"].Received);
        Assert.True(LinksTo(Assert.Single(traces.Of("notification attempt")), Assert.Single(traces.Of("log event"))));
    }

    [Fact]
    public async Task What_shares_a_commit_is_linked_from_it_each_by_itself()
    {
        using var traces = new RecordedTraces();

        await _detector.DeliverAsync(Some.FactorReset(target: "ada@example.com"), Some.FactorReset(target: "bob@example.com"));

        Assert.Equal(2, traces.Of("log event").Count);
        Assert.All(traces.Of("log event"), logEvent => Assert.Single(traces.Of("commit"), commit => LinksTo(commit, logEvent) && LinksTo(logEvent, commit)));
    }

    [Fact]
    public async Task What_no_rule_wants_leaves_no_trace_but_its_delivery()
    {
        using var traces = new RecordedTraces();
        var failed = Some.LogEvent("user.mfa.factor.deactivate");   // of a type that a rule wants, but only if it succeeded
        failed["outcome"]!["result"] = "FAILURE";

        await _detector.DeliverAsync(Some.Login(), failed);

        var delivery = Assert.Single(traces.All);
        Assert.Equal("delivery", delivery.OperationName);
        Assert.Equal(204, delivery.GetTagItem("answer"));
    }

    [Fact]
    public async Task A_strangers_trace_is_not_gone_on_with_even_if_the_framework_would()
    {
        _detector.Settings["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Information";
        using var traces = new RecordedTraces();
        using var request = new HttpRequestMessage(HttpMethod.Post, DetectorApp.HookPath) { Content = new StringContent(Some.Delivery(Some.FactorReset()).ToJsonString()) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TryAddWithoutValidation("Authorization", DetectorApp.Secret);
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        using var response = await _detector.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.NotEmpty(traces.Of("log event"));
        Assert.DoesNotContain(traces.All, activity => activity.TraceId.ToHexString() == "0af7651916cd43dd8448eb211c80319c");
    }

    [Fact]
    public async Task A_fault_is_told_by_its_kind_and_not_by_its_words()
    {
        using var traces = new RecordedTraces();
        _ = _detector.Http;
        _detector.Storage.Execute("ALTER TABLE alerts RENAME TO alerts_elsewhere");

        using var response = await _detector.DeliverAsync(Some.FactorReset());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(503, Assert.Single(traces.Of("delivery")).GetTagItem("answer"));
        foreach (var name in new[] { "delivery", "log event", "commit" })
        {
            var activity = Assert.Single(traces.Of(name), activity => activity.Status == ActivityStatusCode.Error);
            Assert.EndsWith("Exception", activity.StatusDescription, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_login_no_name_no_secret_and_no_log_event_stands_in_a_trace()
    {
        _detector.WithNotifier("secops").Then(new NotificationResult.Retry("550 no mailbox ada@example.com"));
        using var traces = new RecordedTraces();

        await _detector.DeliverAsync(Some.FactorReset(actor: "eve@example.com", target: "ada@example.com"));
        await _detector.PostAsync("""{"eve@example.com":""");
        await _detector.DispatchNotificationsAsync();

        var told = traces.All.SelectMany(activity => activity.TagObjects.Select(tag => $"{tag.Value}")
            .Append(activity.StatusDescription).Append(activity.DisplayName).Concat(activity.Events.Select(e => e.Name))).ToArray();
        Assert.NotEmpty(told);
        string[] unspeakable = ["@", "An Actor", "A Target", "198.51.100.23", "Lisbon", DetectorApp.Secret, DetectorApp.OperatorKey, "published"];
        Assert.All(told, text => Assert.DoesNotContain(unspeakable, word => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true));
    }

    [Fact]
    public async Task While_nobody_listens_there_is_no_trace_and_none_is_stored()
    {
        _detector.WithNotifier("secops");
        await _detector.DeliverAsync(Some.FactorReset());

        await using var connection = await _detector.Services.GetRequiredService<Database>().OpenForReadingAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await connection.ExecuteScalarAsync<long>("SELECT COUNT(*) FROM notifications WHERE traceparent IS NULL"));
        Assert.False(Traces.Source.HasListeners());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static bool LinksTo(Activity from, Activity to) => from.Links.Any(link => link.Context.TraceId == to.TraceId && link.Context.SpanId == to.SpanId);
}

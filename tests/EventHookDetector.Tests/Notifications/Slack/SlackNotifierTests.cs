using System.Text.Json;
using EventHookDetector.Notifications;
using Microsoft.AspNetCore.Http;

namespace EventHookDetector.Tests.Notifications.Slack;

[Trait("Engine", "Any")]
public sealed class SlackNotifierTests : HttpNotifierContract
{
    private const string Path = "/services/T012AB3CD/B045EF6GH/x9Yz8Wv7Ut6Sr5Qp";

    protected override IReadOnlyList<string> Secrets => [Path, "T012AB3CD", "B045EF6GH", "x9Yz8Wv7Ut6Sr5Qp"];

    private protected override string Acceptance => "ok";

    protected override (string Key, string? Value) Address(string host) => ("WebhookUrl", $"https://{host}{Path}");

    private protected override IReadOnlyList<(string Key, string? Value)> SettingsFor(Uri server) =>
        [("Type", "slack"), ("WebhookUrl", new Uri(server, Path).AbsoluteUri)];

    [Fact]
    public async Task A_notice_reaches_the_webhook_as_blocks_and_as_text()
    {
        var (server, host) = await StartAsync();

        var result = await host.NotifyAsync(SomeNotice.About("ada@example.com"));

        Assert.Equal("200 OK: ok", Assert.IsType<NotificationResult.Sent>(result).Answer);
        var request = Assert.Single(server.Requests);
        Assert.Equal(Path, request.Path);
        var message = JsonSerializer.Deserialize<JsonElement>(request.Body);
        Assert.Contains("ada@example.com", message.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("MFA factors of ada@example.com were reset", message.GetProperty("blocks")[0].GetProperty("text").GetProperty("text").GetString());
        Assert.Contains("<https://detector.example.com/api/alerts/1?a=1&amp;b=2|", message.GetProperty("blocks").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slack_is_left_alone_for_as_long_as_it_asks()
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(429, "rate_limited", ("Retry-After", "2"));

        var retry = Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync());

        Assert.Equal(TimeSpan.FromSeconds(2), retry.After);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(status, "internal_error");

        var retry = Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync());

        Assert.Null(retry.After);
        Assert.Contains("internal_error", retry.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "no_service", "create a new one in Slack and set Notifiers:secops:WebhookUrl")]
    [InlineData(403, "invalid_token", "create a new one in Slack and set Notifiers:secops:WebhookUrl")]
    [InlineData(403, "action_prohibited", "An administrator")]
    [InlineData(410, "channel_is_archived", "unarchive it")]
    [InlineData(400, "invalid_payload", "please report it")]
    [InlineData(404, "something_new", "Check Notifiers:secops:WebhookUrl")]
    public async Task What_will_not_pass_comes_with_Slacks_word_and_a_cure(int status, string word, string cure)
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(status, word);

        var end = Assert.IsType<NotificationResult.GiveUp>(await host.NotifyAsync());

        Assert.Contains(word, end.Answer, StringComparison.Ordinal);
        Assert.Contains(cure, end.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(302, "", ("Location", "/elsewhere"));

        var end = Assert.IsType<NotificationResult.GiveUp>(await host.NotifyAsync());

        Assert.Single(server.Requests);
        Assert.Contains("Redirects are not followed", end.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_never_comes_ends_with_the_token()
    {
        var (server, host) = await StartAsync();
        using var limit = new CancellationTokenSource();
        server.Answer = async context =>
        {
            await limit.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Notifier.NotifyAsync(SomeNotice.About("ada@example.com"), limit.Token));
    }

    [Fact]
    public async Task A_body_without_end_is_not_read_to_its_end()
    {
        var (server, host) = await StartAsync();
        server.Answer = async context =>
        {
            var chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        };

        Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync());
    }

    [Theory]
    [InlineData(200, "", "200 OK: an empty body")]
    [InlineData(204, "", "204 No Content: an empty body")]
    [InlineData(200, "<!doctype html><title>Sign in</title>", "200 OK: <!doctype html><title>Sign in</title>")]
    [InlineData(200, """{"ok":false,"error":"invalid_auth"}""", """200 OK: {"ok":false,"error":"invalid_auth"}""")]
    [InlineData(202, "accepted", "202 Accepted: accepted")]
    [InlineData(200, "okay", "200 OK: okay")]
    [InlineData(200, "not ok", "200 OK: not ok")]
    public async Task A_success_without_Slacks_ok_is_retried_and_the_answer_begins_with_what_came_back(int status, string body, string beginning)
    {
        var (server, host) = await StartAsync();
        server.Answer = async context =>
        {
            context.Response.StatusCode = status;
            if (body.Length > 0) await context.Response.WriteAsync(body);
        };

        var retry = Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync());

        Assert.StartsWith(beginning, retry.Answer, StringComparison.Ordinal);
        Assert.Contains("Notifiers:secops:WebhookUrl", retry.Answer, StringComparison.Ordinal);
    }
}

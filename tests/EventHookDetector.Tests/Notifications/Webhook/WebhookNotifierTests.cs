using System.Globalization;
using System.Text;
using System.Text.Json;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications.Webhook;

[Trait("Engine", "Any")]
public sealed class WebhookNotifierTests : HttpNotifierContract
{
    private const string Path = "/hooks/k3y-1n-th3-path?token=t0k3n-1n-th3-query";
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string PreviousSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    protected override IReadOnlyList<string> Secrets =>
        [Path, "k3y-1n-th3-path", "t0k3n-1n-th3-query", Secret, Secret[6..], PreviousSecret, PreviousSecret[6..]];

    protected override (string Key, string? Value) Address(string host) => ("Url", $"https://{host}{Path}");

    private protected override IReadOnlyList<(string Key, string? Value)> SettingsFor(Uri server) =>
        [("Type", "webhook"), ("Url", new Uri(server, Path).AbsoluteUri), ("Secret", Secret), ("PreviousSecret", PreviousSecret)];

    [Fact]
    public async Task A_notice_is_posted_with_its_type_its_time_and_its_data()
    {
        var (server, host) = await StartAsync();

        Assert.IsType<NotificationResult.Sent>(await host.NotifyAsync(SomeNotice.About("ada@example.com")));

        var request = Assert.Single(server.Requests);
        Assert.Equal(Path, request.Path);
        Assert.Equal("application/json; charset=utf-8", request.Headers["content-type"]);
        Assert.Equal("EventHookDetector", request.Headers["user-agent"]);
        Assert.Equal(
            """{"type":"alert.raised","timestamp":"2026-03-01T11:59:58Z","data":{"id":"1","severity":"alert","target":"ada@example.com"}}""",
            Encoding.UTF8.GetString(request.Body));
    }

    [Fact]
    public async Task Every_attempt_has_the_same_id_and_its_own_time()
    {
        var (server, host) = await StartAsync();

        await host.NotifyAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(5));
        await host.NotifyAsync();

        var (first, second) = (server.Requests.First().Headers, server.Requests.Last().Headers);
        Assert.Equal(SomeNotice.About("anybody").Id, first["webhook-id"]);
        Assert.Equal(first["webhook-id"], second["webhook-id"]);
        Assert.Equal(300, Seconds(second) - Seconds(first));
        Assert.NotEqual(first["webhook-signature"], second["webhook-signature"]);
    }

    [Theory]
    [InlineData(Secret)]
    [InlineData(PreviousSecret)]
    public async Task A_receiver_with_either_secret_can_verify_it(string secret)
    {
        var (server, host) = await StartAsync();
        // The receiver's clock is the real one.
        host.Clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        await host.NotifyAsync(SomeNotice.About("Zoë <zoe@example.com>"));
        var request = Assert.Single(server.Requests);

        Assert.Equal("ok", await VerifyAsync(secret, request, Encoding.UTF8.GetString(request.Body)));
        Assert.NotEqual("ok", await VerifyAsync(secret, request, Encoding.UTF8.GetString(request.Body).Replace("zoe", "eve", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(202)]
    [InlineData(204)]
    public async Task Any_success_is_one(int status)
    {
        var (server, host) = await StartAsync();
        server.Answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

        Assert.IsType<NotificationResult.Sent>(await host.NotifyAsync());
    }

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(status);

        Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync());
    }

    [Theory]
    [InlineData(301, "Redirects are not followed")]
    [InlineData(400, "Check Notifiers:secops:Url")]
    [InlineData(401, "Notifiers:secops:Secret")]
    [InlineData(404, "Check Notifiers:secops:Url")]
    [InlineData(410, "disabled")]
    public async Task What_will_not_pass_comes_with_a_cure(int status, string cure)
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(status, "", ("Location", "/elsewhere"));

        var end = Assert.IsType<NotificationResult.GiveUp>(await host.NotifyAsync());

        Assert.Single(server.Requests);
        Assert.Contains(cure, end.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sun, 01 Mar 2026 12:02:00 GMT", 120)]
    [InlineData("120", 120)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 24 * 3600)]
    [InlineData("99999999", 24 * 3600)]
    public async Task The_receiver_says_when_to_come_back_by_seconds_or_by_date(string retryAfter, int seconds)
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(503, "", ("Retry-After", retryAfter));

        var retry = Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync());

        Assert.Equal(TimeSpan.FromSeconds(seconds), retry.After);
    }

    [Theory]
    [InlineData("Sun, 01 Mar 2026 11:00:00 GMT")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("soon")]
    public async Task What_is_no_time_to_come_is_not_waited_for(string retryAfter)
    {
        var (server, host) = await StartAsync();
        server.AnswerWith(503, "", ("Retry-After", retryAfter));

        Assert.Null(Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync()).After);
    }

    private static long Seconds(IReadOnlyDictionary<string, string> headers) => long.Parse(headers["webhook-timestamp"], CultureInfo.InvariantCulture);

    private static async Task<string> VerifyAsync(string secret, RecordedRequest request, string body)
    {
        using var node = Node.Start("verify-webhook.js");
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(new { secret, headers = request.Headers, body }));
        node.StandardInput.Close();
        var verdict = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        return verdict;
    }
}

using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace EventHookDetector.Tests.Notifications;

/// <summary>The far ends of a channel that is reached by HTTP.</summary>
public abstract class HttpNotifierContract : NotifierContract
{
    [Fact]
    public async Task An_answer_that_arrives_byte_by_byte_ends_with_the_verdict_and_not_with_its_body()
    {
        var (server, host) = await StartAsync();
        var bytes = 0;
        server.Answer = async context =>
        {
            await context.Response.WriteAsync(Acceptance);
            for (; ; Interlocked.Increment(ref bytes))
            {
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.RequestAborted);
                await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
            }
        };

        var notifying = host.NotifyAsync();
        while (!notifying.IsCompleted && Volatile.Read(ref bytes) < HttpAnswer.MostBytes / 2)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.True(notifying.IsCompleted);
        Assert.IsType<NotificationResult.Sent>(await notifying);
    }

    /// <summary>The body with which the channel confirms a notification.</summary>
    private protected virtual string Acceptance => "";

    /// <summary>The settings of a notifier for this URL, without AllowPrivateAddresses.</summary>
    private protected abstract IReadOnlyList<(string Key, string? Value)> SettingsFor(Uri server);

    private protected async Task<(RecordingServer Server, NotifierHost Host)> StartAsync()
    {
        var server = Keep(await RecordingServer.StartAsync());
        return (server, Keep(new NotifierHost([.. SettingsFor(server.Url), ("AllowPrivateAddresses", "true")])));
    }

    protected override async Task<IReadOnlyList<(string Key, string? Value)>> ConfigureAsync(FarEnd farEnd) =>
        [.. SettingsFor(await StartAsync(farEnd)), ("AllowPrivateAddresses", "true")];

    private async Task<Uri> StartAsync(FarEnd farEnd)
    {
        switch (farEnd)
        {
            case FarEnd.RefusesConnections: return new Uri($"http://127.0.0.1:{Keep(new ClosedPort()).Number}");
            case FarEnd.HasNoAddress: return new Uri("https://no-such-host.invalid");
            case FarEnd.LiesWhereNobodyMayGo: return new Uri("http://169.254.169.254");
            case FarEnd.HasAnUntrustedCertificate: return Keep(await RecordingServer.StartAsync(Keep(TestCertificate.Create()))).Url;
        }

        var server = Keep(await RecordingServer.StartAsync());
        if (farEnd == FarEnd.Fails) server.AnswerWith(503, "try later");
        if (farEnd == FarEnd.RefusesAndRepeatsWhatItGot) server.Answer = RepeatAsync;
        return server.Url;
    }

    private async Task RepeatAsync(HttpContext context)
    {
        context.Response.StatusCode = 404;
        await context.Response.WriteAsync($"Cannot {context.Request.Method} {context.Request.Path}{context.Request.QueryString}\n");
        foreach (var secret in Secrets) await context.Response.WriteAsync($"and {secret}\u200B{secret}\n");
    }
}

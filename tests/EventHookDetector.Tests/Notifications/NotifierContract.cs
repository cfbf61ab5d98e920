using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using EventHookDetector.Notifications;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Notifications;

/// <summary>What is true of every notifier, whatever its channel.</summary>
public abstract class NotifierContract : IAsyncDisposable
{
    private readonly List<object> _farEnds = [];

    public enum FarEnd
    {
        Accepts,
        RefusesAndRepeatsWhatItGot,
        Fails,
        RefusesConnections,
        HasNoAddress,
        LiesWhereNobodyMayGo,
        HasAnUntrustedCertificate,
    }

    [Theory]
    [InlineData(FarEnd.Accepts)]
    [InlineData(FarEnd.RefusesAndRepeatsWhatItGot)]
    [InlineData(FarEnd.Fails)]
    [InlineData(FarEnd.RefusesConnections)]
    [InlineData(FarEnd.HasNoAddress)]
    [InlineData(FarEnd.LiesWhereNobodyMayGo)]
    [InlineData(FarEnd.HasAnUntrustedCertificate)]
    public async Task No_secret_ever_reaches_a_log_line_a_span_an_answer_or_a_destination(FarEnd farEnd)
    {
        using var spans = new CapturedSpans();
        using var host = new NotifierHost(await ConfigureAsync(farEnd));

        var result = await host.NotifyAsync();

        var seen = string.Join('\n', [.. host.Logs.Lines, .. spans.Lines, result.ToString(), host.Notifier.Destination]);
        foreach (var secret in Secrets)
        {
            Assert.DoesNotContain(secret, seen, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), seen, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(FarEnd.Accepts, typeof(NotificationResult.Sent))]
    [InlineData(FarEnd.RefusesAndRepeatsWhatItGot, null)]
    [InlineData(FarEnd.Fails, typeof(NotificationResult.Retry))]
    [InlineData(FarEnd.RefusesConnections, typeof(NotificationResult.Retry))]
    [InlineData(FarEnd.HasNoAddress, typeof(NotificationResult.Retry))]
    [InlineData(FarEnd.LiesWhereNobodyMayGo, typeof(NotificationResult.Retry))]
    [InlineData(FarEnd.HasAnUntrustedCertificate, typeof(NotificationResult.Retry))]
    public async Task Whatever_goes_wrong_is_an_answer_of_one_short_line(FarEnd farEnd, Type? expected)
    {
        using var host = new NotifierHost(await ConfigureAsync(farEnd));

        var result = await host.NotifyAsync();

        if (expected is not null) Assert.IsType(expected, result);
        Assert.InRange(result.Answer.Length, 1, 600);
        Assert.DoesNotContain(result.Answer, char.IsControl);
    }

    [Fact]
    public async Task An_inner_address_is_refused_with_the_key_that_would_open_it()
    {
        var settings = (await ConfigureAsync(FarEnd.LiesWhereNobodyMayGo)).ToDictionary();
        settings["AllowPrivateAddresses"] = "false";
        settings[Address("127.0.0.1").Key] = Address("127.0.0.1").Value;
        using var host = new NotifierHost(settings.Select(setting => (setting.Key, setting.Value)));

        var result = Assert.IsType<NotificationResult.Retry>(await host.NotifyAsync());

        Assert.Contains("127.0.0.1", result.Answer, StringComparison.Ordinal);
        Assert.Contains("set Notifiers:secops:AllowPrivateAddresses to true", result.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_has_ended_ends_the_attempt()
    {
        using var host = new NotifierHost(await ConfigureAsync(FarEnd.Accepts));
        using var ended = new CancellationTokenSource();
        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => host.Notifier.NotifyAsync(SomeNotice.About("ada@example.com"), ended.Token));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var farEnd in _farEnds)
        {
            if (farEnd is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
            else ((IDisposable)farEnd).Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>What must never be seen.</summary>
    protected abstract IReadOnlyList<string> Secrets { get; }

    /// <summary>Puts such a far end up, and says how a notifier reaches it.</summary>
    protected abstract Task<IReadOnlyList<(string Key, string? Value)>> ConfigureAsync(FarEnd farEnd);

    /// <summary>The setting for a channel at that host.</summary>
    protected abstract (string Key, string? Value) Address(string host);

    protected T Keep<T>(T farEnd)
        where T : notnull
    {
        _farEnds.Add(farEnd);
        return farEnd;
    }

    /// <summary>Every span of this process, with its tags.</summary>
    private sealed class CapturedSpans : IDisposable
    {
        private readonly ActivityListener _listener;

        public CapturedSpans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span => Lines.Enqueue($"{span.DisplayName} {string.Join(' ', span.TagObjects)}"),
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ConcurrentQueue<string> Lines { get; } = [];

        public void Dispose() => _listener.Dispose();
    }
}

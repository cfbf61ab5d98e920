namespace EventHookDetector.Operators;

/// <summary>
/// The way to the provider. One that did not answer is not asked again for five seconds: who needs its keys waits in a line, and each
/// would wait for as long as the one before.
/// </summary>
internal sealed class ProviderBackchannel(TimeProvider clock) : DelegatingHandler(new HttpClientHandler())
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private long? _failedAt;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_failedAt is { } at && clock.GetElapsedTime(at) < Patience) throw new HttpRequestException("The provider did not answer a moment ago.");

        var hasAnswered = false;
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            hasAnswered = response.IsSuccessStatusCode;
            return response;
        }
        finally
        {
            _failedAt = hasAnswered ? null : clock.GetTimestamp();
        }
    }
}

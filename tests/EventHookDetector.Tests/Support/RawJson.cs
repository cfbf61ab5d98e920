using System.Text;

namespace EventHookDetector.Tests.Support;

/// <summary>JSON as it stands, also such as no serializer would write.</summary>
internal static class RawJson
{
    public static async Task<HttpResponseMessage> SendAsync(this DetectorApp detector, HttpMethod method, string path, string json, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, contentType) };
        request.Headers.Add("X-Api-Key", DetectorApp.OperatorKey);
        return await detector.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}

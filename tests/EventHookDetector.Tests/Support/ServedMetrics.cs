using System.Globalization;
using System.Text.RegularExpressions;

namespace EventHookDetector.Tests.Support;

/// <summary>What a detector serves to Prometheus, read as Prometheus reads it.</summary>
internal sealed partial class ServedMetrics
{
    private readonly IReadOnlyList<(string Name, string Labels, double Value)> _samples;

    private ServedMetrics(string text) => _samples =
        [.. from line in text.Split('\n')
            let sample = Sample().Match(line)
            where sample.Success
            select (sample.Groups["name"].Value, sample.Groups["labels"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture))];

    public IEnumerable<string> Names => _samples.Select(sample => sample.Name).Distinct(StringComparer.Ordinal);

    public static async Task<ServedMetrics> OfAsync(HttpClient http)
    {
        using var response = await http.GetAsync("/metrics", TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        return new(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>One number by its labels, such as <c>answer="204"</c>; null if there is none.</summary>
    public double? Find(string name, params string[] labels)
    {
        var found = _samples.Where(sample => sample.Name == $"eventhookdetector_{name}" && labels.All(label => sample.Labels.Contains(label, StringComparison.Ordinal))).ToArray();
        return found.Length == 0 ? null : Assert.Single(found).Value;
    }

    /// <summary>How much more it is than before.</summary>
    public double Since(ServedMetrics before, string name, params string[] labels) => (Find(name, labels) ?? 0) - (before.Find(name, labels) ?? 0);

    [GeneratedRegex(@"^(?<name>\w+)(\{(?<labels>.*)\})? (?<value>\S+)( \d+)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Sample();
}

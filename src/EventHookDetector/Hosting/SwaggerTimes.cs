using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace EventHookDetector.Hosting;

/// <summary>
/// The OpenAPI document as text, with the time of reading in the examples of requests. A fixed time would be refused as past some day,
/// and a fixed uuid would be a duplicate at the second try. Making the document takes a fifth of a second; filling in the times takes next to nothing.
/// </summary>
internal sealed partial class SwaggerTimes
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.FFFZ";

    // Just after the times in all examples.
    private static readonly DateTimeOffset Written = new(2026, 11, 24, 9, 15, 7, TimeSpan.Zero);

    private readonly List<(byte[] Text, string Mark)> _pieces = [];
    private readonly byte[] _end;

    /// <param name="marked">A text that holds marks, see <see cref="Mark"/>.</param>
    public SwaggerTimes(string marked)
    {
        var from = 0;
        foreach (var mark in Marks.Matches(marked).Cast<Match>())
        {
            _pieces.Add((Encoding.UTF8.GetBytes(marked[from..mark.Index]), mark.Groups["mark"].Value));
            from = mark.Index + mark.Length;
        }

        _end = Encoding.UTF8.GetBytes(marked[from..]);
    }

    /// <summary>Puts a mark in the place of each time, and of the first digits of each uuid.</summary>
    public static string Mark(string example)
    {
        var timeless = Instants.Replace(example, found =>
            string.Create(CultureInfo.InvariantCulture, $"~{(DateTimeOffset.Parse(found.Value, CultureInfo.InvariantCulture) - Written).TotalMilliseconds}~"));
        return FirstOfUuids.Replace(timeless, "~uuid~");
    }

    public void WriteTo(IBufferWriter<byte> writer, DateTimeOffset now)
    {
        var today = Written + TimeSpan.FromSeconds(Math.Floor((now - Written).TotalSeconds));
        foreach (var (text, mark) in _pieces)
        {
            writer.Write(text);
            Encoding.UTF8.GetBytes(FillIn(mark, now, today), writer);
        }

        writer.Write(_end);
    }

    private static string FillIn(string mark, DateTimeOffset now, DateTimeOffset today) => mark == "uuid"
        ? $"{(uint)now.ToUnixTimeMilliseconds():x8}"
        : today.AddMilliseconds(double.Parse(mark, CultureInfo.InvariantCulture)).ToString(TimeFormat, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Instants { get; }

    [GeneratedRegex("(?<=\"uuid\": \")[0-9a-f]{8}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FirstOfUuids { get; }

    [GeneratedRegex("~(?<mark>-?[0-9]+|uuid)~", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Marks { get; }
}

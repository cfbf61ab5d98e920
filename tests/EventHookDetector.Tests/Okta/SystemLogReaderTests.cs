using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using EventHookDetector.Okta;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Okta;

[Trait("Engine", "Any")]
public sealed class SystemLogReaderTests
{
    private const int Longest = 4096;

    private static readonly string Reset = Some.FactorReset().ToJsonString();
    private static readonly string Login = Some.Login().ToJsonString();

    private static readonly IGen<string>[] Parts =
    [
        .. new[] { Reset, Login, Reset[..60], "{\"a\":\n", new string('x', Longest), "\n", ",", "[", "]", "{", "}", "\"", "\\", "\0", "\ud800", "1" }
            .Select(part => Gen.Const(part)),
    ];

    /// <summary>An export, how many resets must be found in it, how many of its log events are read, and how many things could not be.</summary>
    public static TheoryData<string, int, int, int> Exports => new()
    {
        { "", 0, 0, 0 },
        { "\uFEFF", 0, 0, 0 },
        { $"\uFEFF[{Reset}]", 1, 1, 0 },
        { $"[{Reset},{Login}]", 1, 2, 0 },
        { $"[{Reset},{Login}", 1, 2, 1 },                                   // a download that broke off
        { $"[{Reset},{Reset[..40]}", 1, 1, 1 },
        { $"[{Reset} {Reset}]", 1, 1, 1 },                                  // in one line, so nobody knows where to go on
        { $"[{Reset}\n{Reset}]\n", 1, 1, 1 },
        { $"[{Reset},\n{Reset[..40]}\n{Reset},\n{Reset}]", 3, 3, 1 },
        { $"{Reset[..40]}\n{Reset}\n{Reset}", 2, 2, 1 },
        { $"{{\"a\":\n{Reset}\n{Reset}", 2, 2, 1 },
        { $"{Reset}\n\0\0\0\n{Reset}", 2, 2, 1 },
        { $"{Reset}\r\n{Reset}\r\n", 2, 2, 0 },
        { $"{Reset}]\n{Reset}", 2, 2, 1 },
        { $"{Reset},\n{Reset}", 2, 2, 1 },
        { $"[{Reset}]\n[{Reset}]", 2, 2, 0 },
        { $"[{Reset},oops]\n[{Reset}]", 2, 2, 1 },
        { $"[1,null,\"x\",[[]],{Reset}]", 1, 1, 4 },
        { $"1\n\"x\"\ntrue\n{Reset}", 1, 1, 3 },
        { $"{{}}\n{Reset}", 1, 1, 1 },
        { $"{{\"eventType\":\"\\ud800\"}}\n{{\"\\ud800\":1,\"eventType\":\"{Some.ResetType}\"}}", 1, 2, 0 },
        { $"{{\"eventType\":\"{Some.ResetType.Replace("u", "\\u0075", StringComparison.Ordinal)}\"}}", 1, 1, 0 },
        { $"{Nested(255)}\n{Reset}", 1, 1, 1 },
        { $"{Nested(300)}\n{Reset}", 1, 1, 1 },
        { $"{{\"a\":\"{new string('x', Longest)}\"}}\n{Reset}", 1, 1, 1 },
        { $"[{{\"a\":[\"\\\"]}}{new string('x', 5 * Longest)}\\\\\"]}},{Reset}]", 1, 1, 1 },
        { $"[\"{new string('x', 5 * Longest)}\",{Reset}]", 1, 1, 1 },
        { $"[{Reset},{{\"a\":\"{new string('x', 5 * Longest)}", 1, 1, 1 },
        { $"{{\"a\":\"{new string('x', 5 * Longest)}\n{Reset}", 0, 0, 1 },   // a text without an end has swallowed it
    };

    [Theory]
    [MemberData(nameof(Exports))]
    public async Task Whatever_comes_is_read_as_far_as_it_can_be_and_the_same_in_pieces_of_any_size(string export, int resets, int logEvents, int unreadable)
    {
        var bytes = Encoding.UTF8.GetBytes(export);

        foreach (var piece in (int[])[1, 2, 3, 100, 5000, int.MaxValue])
        {
            var read = await ReadAsync(bytes, piece);

            Assert.Equal((piece, resets, (long)logEvents, (long)unreadable), (piece, read.Resets, read.Reader.LogEvents, read.Reader.Unreadable));
            Assert.Equal(bytes.Length, read.Reader.Offset);
            Assert.InRange(read.Reader.UnreadableBytes, 0, bytes.Length);
        }
    }

    [Fact]
    public async Task It_says_where_it_breaks()
    {
        var export = $"{Reset}\n\n{{\"eventType\":\n  \"x\",\n  oops}}\n";

        var found = (await ReadAsync(Encoding.UTF8.GetBytes(export), 7)).Broken;

        Assert.Equal((5, export.IndexOf("oops", StringComparison.Ordinal)), (Assert.Single(found).Line, found[0].Offset));
    }

    [Fact]
    public async Task It_knows_the_earliest_and_the_latest_of_all_wanted_or_not()
    {
        JsonObject[] logEvents = [Some.Login().At("2026-01-02T00:00:00Z"), Some.Login().At("2026-01-03T01:00:00+02:00"), Some.FactorReset().At("2026-01-01T00:00:00Z"), Some.Login().At("soon")];

        var reader = (await ReadAsync(Encoding.UTF8.GetBytes(SomeExport.AsArray(logEvents)), 100)).Reader;

        Assert.Equal((new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 1, 2, 23, 0, 0, TimeSpan.Zero)), (reader.From, reader.To));
    }

    [Fact]
    public void No_bytes_at_all_can_make_it_throw_and_pieces_make_no_difference() =>
        Gen.Select(Gen.OneOf(Parts).Array[0, 12], Gen.Int[1, 200])
            .Sample(
                (parts, piece) =>
                {
                    var bytes = Encoding.UTF8.GetBytes(string.Concat(parts));
                    var whole = ReadAsync(bytes, int.MaxValue).GetAwaiter().GetResult();
                    var inPieces = ReadAsync(bytes, piece).GetAwaiter().GetResult();
                    Assert.Equal(bytes.Length, whole.Reader.Offset);
                    Assert.Equal(whole.ToString(), inPieces.ToString());
                },
                iter: 1000);

    private static string Nested(int depth) => $"{{\"a\":{new string('[', depth)}{new string(']', depth)}}}";

    private static async Task<Read> ReadAsync(byte[] export, int piece)
    {
        var reader = new SystemLogReader(new Pieces(export, piece), Reading.Wanted, Longest);
        var found = new List<ExportedLogEvent>();
        var resets = 0;
        await foreach (var logEvent in reader.ReadAsync(afterPiece: null, TestContext.Current.CancellationToken))
        {
            if (logEvent.Defect is not null) found.Add(logEvent);
            else if (new LogEvent(logEvent.Json.ToArray(), logEvent.EventType, org: null).EventType == Some.ResetType) resets++;
        }

        return new(reader, resets, found);
    }

    private sealed record Read(SystemLogReader Reader, int Resets, List<ExportedLogEvent> Broken)
    {
        public override string ToString() =>
            $"{Resets} {Reader.LogEvents} {Reader.Unreadable} {Reader.UnreadableBytes} {string.Join(' ', Broken.Select(broken => $"{broken.Line}:{broken.Offset}"))}";
    }

    /// <summary>Gives no more than so many bytes at a time, as a network does.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}

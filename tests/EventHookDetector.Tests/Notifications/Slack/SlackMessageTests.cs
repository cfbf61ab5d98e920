using System.Text;
using System.Text.Json;
using CsCheck;
using EventHookDetector.Alerts;
using EventHookDetector.Notifications;
using EventHookDetector.Notifications.Slack;

namespace EventHookDetector.Tests.Notifications.Slack;

[Trait("Engine", "Any")]
public sealed class SlackMessageTests
{
    private static readonly string[] HostileParts =
    [
        "<!channel>", "<@U123>", "&", "<", ">", "&amp;", "|", "*", "`", "\r\n", "\n", "\0", "\u001b[31m", "\u202e", "\u2028", "😀", "\ud83d", "\udc00",
        "é", "http://evil.example/", "#general", "a", " ", "…", "\"", "\\",
    ];

    // Short as a rule, and now and then far too long.
    private static readonly Gen<string> Hostile = Gen.Select(
        Gen.Int[0, HostileParts.Length - 1].Array[0, 40], Gen.Int[0, 9],
        (parts, chance) => string.Concat(Enumerable.Repeat(string.Concat(parts.Select(part => HostileParts[part])), chance == 0 ? 300 : 1)));

    private static readonly Gen<Notice> Notices = Gen.Select(
        Hostile, Hostile, Gen.Select(Hostile, Hostile).Array[0, 45], Hostile.Array[0, 20],
        (title, summary, facts, steps) => SomeNotice.About("ada@example.com") with
        {
            Title = $"Reset {title}",
            Summary = $"Reset {summary}",
            Facts = [.. facts.Select(fact => new Fact(fact.Item1, fact.Item2))],
            RaisedBecause = title.Length % 2 == 0 ? null : summary,
            NextSteps = steps,
        });

    [Fact]
    public void Whatever_is_in_a_notice_Slack_can_take_the_message() => Notices.Sample(
        notice =>
        {
            var message = JsonSerializer.Deserialize<JsonElement>(SlackMessage.About(notice).ToJson());
            var blocks = message.GetProperty("blocks").EnumerateArray().ToArray();

            Assert.InRange(blocks.Length, 1, 50);
            Assert.InRange(message.GetProperty("text").GetString()!.Length, 1, 3000);
            Assert.InRange(blocks.Sum(LengthOf), 1, 13_000);
            foreach (var block in blocks) AssertWithinLimits(block);
        },
        iter: 300);

    [Fact]
    public void Nothing_foreign_is_read_as_markup() => Notices.Sample(
        notice =>
        {
            var message = JsonSerializer.Deserialize<JsonElement>(SlackMessage.About(notice with { Link = null }).ToJson());
            foreach (var text in TextsIn(message))
            {
                Assert.DoesNotContain("<", text, StringComparison.Ordinal);
                Assert.DoesNotContain(">", text, StringComparison.Ordinal);
                // Each & begins one of the three entities, and none is cut in the middle.
                Assert.All(text.Split('&').Skip(1), rest => Assert.Matches("^(amp|lt|gt);", rest));
                Assert.DoesNotContain(text, character => char.IsControl(character) && character != '\n');
                Assert.DoesNotContain(text, character => character is '\u202e' or '\u2028');
                Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
            }
        },
        iter: 300);

    [Theory]
    [InlineData('a')]
    [InlineData('&')]
    public void A_notice_that_is_too_long_everywhere_is_cut_everywhere(char letter)
    {
        var tooLong = new string(letter, 5000);
        var notice = SomeNotice.About(tooLong) with
        {
            Facts = [.. Enumerable.Repeat(new Fact(tooLong, tooLong), 45)],
            RaisedBecause = tooLong,
            NextSteps = [.. Enumerable.Repeat(tooLong, 45)],
        };

        var message = JsonSerializer.Deserialize<JsonElement>(SlackMessage.About(notice).ToJson());

        // With the JSON around the texts: nobody outside Slack knows what exactly it counts.
        Assert.InRange(message.GetProperty("blocks").GetRawText().Length, 1, 13_000);
        Assert.All(message.GetProperty("blocks").EnumerateArray(), AssertWithinLimits);
    }

    [Fact]
    public void A_mention_in_a_name_mentions_nobody()
    {
        var json = Encoding.UTF8.GetString(SlackMessage.About(SomeNotice.About("<!channel> & co")).ToJson());

        Assert.DoesNotContain("<!channel>", json, StringComparison.Ordinal);
        Assert.Contains("&lt;!channel&gt; &amp; co", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdefg", 6, "abcde…")]
    [InlineData("abc&", 5, "abc…")]
    [InlineData("abc&", 8, "abc&amp;")]
    [InlineData("ab😀😀", 5, "ab😀…")]
    [InlineData("ab😀😀", 4, "ab…")]
    public void A_cut_falls_between_characters(string text, int most, string expected) => Assert.Equal(expected, SlackText.Escape(text, most));

    [Fact]
    public void A_raised_severity_leads_heading_and_fallback_with_the_reason_directly_below()
    {
        var message = JsonSerializer.Deserialize<JsonElement>(SlackMessage.About(SomeNotice.Raised(AlertSeverity.High, "It was done with an API token.")).ToJson());

        Assert.StartsWith("High 🟠 MFA factors of ada@example.com were reset. Raised because: It was", message.GetProperty("text").GetString(), StringComparison.Ordinal);
        var blocks = message.GetProperty("blocks");
        Assert.StartsWith("High 🟠 MFA factors", blocks[0].GetProperty("text").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("*Raised because:* It was done with an API token.", blocks[1].GetProperty("text").GetProperty("text").GetString());
    }

    [Fact]
    public void Texts_are_verbatim_or_plain() =>
        Assert.All(
            ObjectsIn(JsonSerializer.Deserialize<JsonElement>(SlackMessage.About(SomeNotice.About("#general")).ToJson())),
            text => Assert.True(text.GetProperty("type").GetString() == "plain_text" || text.GetProperty("verbatim").GetBoolean()));

    private static void AssertWithinLimits(JsonElement block)
    {
        if (block.TryGetProperty("fields", out var fields))
        {
            Assert.InRange(fields.GetArrayLength(), 1, 10);
            Assert.All(fields.EnumerateArray(), field => Assert.InRange(LengthOf(field), 1, 2000));
        }
        else
        {
            var isHeader = block.GetProperty("type").GetString() == "header";
            Assert.InRange(LengthOf(block.GetProperty("text")), 1, isHeader ? 150 : 3000);
        }
    }

    private static int LengthOf(JsonElement element) => TextsIn(element).Sum(text => text.Length);

    private static IEnumerable<string> TextsIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Where(property => property.Name != "type").SelectMany(property => TextsIn(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(TextsIn),
        JsonValueKind.String => [element.GetString()!],
        _ => [],
    };

    private static IEnumerable<JsonElement> ObjectsIn(JsonElement message) =>
        message.GetProperty("blocks").EnumerateArray().SelectMany(block =>
            block.TryGetProperty("fields", out var fields) ? [.. fields.EnumerateArray()] : new[] { block.GetProperty("text") });
}

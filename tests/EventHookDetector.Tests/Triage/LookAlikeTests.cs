using System.Net;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Triage;

/// <summary>Characters of a condition that look like others, fields that do not exist, and braces.</summary>
public sealed class LookAlikeTests : IAsyncDisposable
{
    private const string Actor = "okta.actor.id:00u1bot and not okta.target.alternate_id:";

    private readonly DetectorApp _detector = new();

    [Theory]
    [InlineData("“lena@example.com”", "“ (U+201C)", "a plain quotation mark")]
    [InlineData("\"“lena@example.com”\"", "“ (U+201C)", "a plain quotation mark")]
    [InlineData("„lena@example.com“", "„ (U+201E)", "a plain quotation mark")]
    [InlineData("«lena@example.com»", "« (U+00AB)", "a plain quotation mark")]
    [InlineData("lena@example.com”", "” (U+201D)", "a plain quotation mark")]
    [InlineData("‹lena@example.com›", "‹ (U+2039)", "a plain quotation mark")]
    [InlineData("＂lena@example.com＂", "＂ (U+FF02)", "a plain quotation mark")]
    [InlineData("″lena@example.com″", "″ (U+2033)", "a plain quotation mark")]
    [InlineData("'lena@example.com'", "' (U+0027)", "a plain quotation mark")]
    [InlineData("‘lena@example.com’", "‘ (U+2018)", "a plain quotation mark")]
    [InlineData("`lena@example.com`", "` (U+0060)", "a plain quotation mark")]
    [InlineData("′lena@example.com′", "′ (U+2032)", "a plain quotation mark")]
    [InlineData("(lena@example.com or “omar@example.com”)", "“ (U+201C)", "a plain quotation mark")]
    [InlineData("\"lena\u200b@example.com\"", "U+200B", "cannot be seen")]
    [InlineData("lena\u00ad@example.com", "U+00AD", "cannot be seen")]
    [InlineData("\u2003lena@example.com", "U+2003", "cannot be seen")]
    [InlineData("lena@example.com\ufeff", "U+FEFF", "cannot be seen")]
    public async Task A_look_alike_is_refused_by_name_with_its_place_and_the_plain_one(string value, string named, string cure)
    {
        foreach (var detail in await RefusedEverywhereAsync(JsonValue.Create(Actor + value)))
        {
            Assert.Contains("condition is no KQL. Line 1, column ", detail, StringComparison.Ordinal);
            Assert.Contains(named, detail, StringComparison.Ordinal);
            Assert.Contains(cure, detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_place_is_that_of_the_character()
    {
        var details = await RefusedEverywhereAsync("okta.actor.id:00u1bot\n  and okta.actor.alternate_id:(a or ”b”)");

        Assert.All(details, detail => Assert.Contains("Line 2, column 37:", detail, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("“okta.actor.id”:00u1bot", "“ (U+201C)")]
    [InlineData("okta.actor\u200b.id:00u1bot", "U+200B")]
    [InlineData("okta.actor.id：00u1bot", "： (U+FF1A)")]
    [InlineData("okta․actor․id:00u1bot", "․ (U+2024)")]
    [InlineData("оkta.actor.id:00u1bot", "о (U+043E)")]
    public async Task A_look_alike_in_a_field_is_refused(string condition, string named) =>
        Assert.All(await RefusedEverywhereAsync(condition), detail => Assert.Contains(named, detail, StringComparison.Ordinal));

    [Theory]
    [InlineData("actor", "“lena@example.com”", "“ (U+201C)")]
    [InlineData("target", "'lena@example.com'", "' (U+0027)")]
    [InlineData("apiToken", "00T\u200b1", "U+200B")]
    public async Task The_object_form_refuses_them_too(string field, string value, string named)
    {
        var details = await RefusedEverywhereAsync(new JsonObject { [field] = value });

        Assert.All(details, detail => Assert.StartsWith($"condition.{field}", detail, StringComparison.Ordinal));
        Assert.All(details, detail => Assert.Contains(named, detail, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"Bjørn Ås\"")]
    [InlineData("\"李 小龙\"")]
    [InlineData("\"O'Hara\"")]
    [InlineData("O'Hara")]
    [InlineData("\"'t Hooft\"")]
    [InlineData("\"Users'\"")]
    [InlineData("\"Юрий Гагарин Yuri\"")]
    [InlineData("\"山田タロウ\"")]
    [InlineData("\"김 민준\"")]
    [InlineData("\"Élodie d'Août\"")]
    [InlineData("\"a \\\"quoted\\\" one\"")]
    public async Task Names_of_all_alphabets_are_accepted_without_a_warning(string name)
    {
        var added = await _detector.ExceptAsync($"okta.actor.id:00u1bot and okta.target.display_name:{name}");

        Assert.Empty(added["warnings"]!.AsArray());
    }

    [Theory]
    [InlineData("\"lenа@example.com\"", "а (U+0430)")]
    [InlineData("\"ｌena\"", "ｌ (U+FF4C)")]
    [InlineData("\"lena․meyer\"", "․ (U+2024)")]
    [InlineData("\"e\u0301lodie\"", "U+0301")]
    [InlineData("\"O’Hara\"", "’ (U+2019)")]
    public async Task A_word_of_two_alphabets_and_a_compatible_character_are_accepted_with_a_warning(string value, string named)
    {
        var added = await _detector.ExceptAsync($"okta.actor.id:00u1bot and okta.target.alternate_id:{value}");
        using var changed = await _detector.AskAsync(HttpMethod.Put, $"{SomeExceptionItem.Path}/{added["id"]}", body: SomeExceptionItem.Covering(added["condition"]!.DeepClone()));
        var preview = await _detector.PostAsOperatorAsync($"{SomeExceptionItem.Path}/preview", new JsonObject { ["condition"] = added["condition"]!.DeepClone() });

        var answers = new[] { added, JsonNode.Parse(await changed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!, preview };
        Assert.All(answers, answer => Assert.Contains(named, Assert.Single(answer["warnings"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("okta.target.alternateId", "okta.target.alternate_id")]
    [InlineData("okta.outcome.results", "okta.outcome.result")]
    [InlineData("okta.actor.alternat_id", "okta.actor.alternate_id")]
    [InlineData("user.target.fullName", "user.target.full_name")]
    public async Task An_unknown_field_is_accepted_with_a_warning_that_names_the_nearest(string field, string nearest)
    {
        var added = await _detector.ExceptAsync($"okta.actor.id:00u1bot and not {field}:lena");
        var preview = await _detector.PostAsOperatorAsync($"{SomeExceptionItem.Path}/preview", new JsonObject { ["condition"] = added["condition"]!.DeepClone() });

        foreach (var answer in (JsonNode[])[added, preview])
        {
            var warning = Assert.Single(answer["warnings"]!.AsArray())!.GetValue<string>();
            Assert.Contains(field, warning, StringComparison.Ordinal);
            Assert.Contains(nearest, warning, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("okta.actor.id:00u1bot")]
    [InlineData("okta.actor.id:00u1bot and okta.target:* and okta.debug_context.debug_data.flattened.anything:x and okta.target:Finance")]
    [InlineData("okta.actor.id:00u1bot and okta.target.*:Finance")]
    public async Task Known_fields_need_no_warning(string condition) =>
        Assert.Empty((await _detector.ExceptAsync(condition))["warnings"]!.AsArray());

    [Theory]
    [InlineData("okta.target:{ type:UserGroup and alternate_id:lena@example.com }")]
    [InlineData("okta.actor.id:00u1bot and okta.request.ip_chain:{ ip:198.51.100.23 or not version:V4 }")]
    [InlineData("okta:{ target:{ type:User and id:00u1 } }")]
    public async Task Braces_are_refused_with_what_to_write_instead(string condition) => Assert.All(
        await RefusedEverywhereAsync(condition),
        detail => Assert.Contains("okta.target.type:", detail, StringComparison.Ordinal));

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private async Task<IReadOnlyList<string>> RefusedEverywhereAsync(JsonNode condition)
    {
        var id = (await _detector.ExceptAsync("okta.actor.id:00u1bot"))["id"];
        var body = SomeExceptionItem.Covering(condition.DeepClone());
        (HttpMethod, string)[] routes = [(HttpMethod.Post, ""), (HttpMethod.Put, $"/{id}"), (HttpMethod.Post, "/preview")];
        var details = new List<string>();
        foreach (var (method, path) in routes)
        {
            using var answer = await _detector.AskAsync(method, $"{SomeExceptionItem.Path}{path}", body: body);
            details.Add(await ProblemAssert.IsProblemAsync(HttpStatusCode.BadRequest, answer));
        }

        return details;
    }
}

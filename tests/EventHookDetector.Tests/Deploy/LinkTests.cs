using System.Text.RegularExpressions;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Deploy;

/// <summary>Whoever follows a link at night must arrive.</summary>
[Trait("Engine", "Any")]
public sealed partial class LinkTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("deploy/README.md")]
    [InlineData("deploy/runbook.md")]
    [InlineData("src/README.md")]
    [InlineData("tests/README.md")]
    public void Every_link_leads_to_a_file_that_is_there_and_to_a_heading_in_it(string file)
    {
        var links = Link().Matches(Repository.Read(file)).Select(match => match.Groups["to"].Value).Where(to => !to.Contains("://", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(links);
        Assert.All(links, link =>
        {
            var (path, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, "");
            var target = path.Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, path);

            Assert.True(Path.Exists(Repository.PathOf(target)), $"{target} is not there");
            if (anchor.Length > 0) Assert.Contains(anchor, Anchors(Repository.Read(target)));
        });
    }

    /// <summary>As GitHub makes them of headings.</summary>
    private static IEnumerable<string> Anchors(string text) =>
        Heading().Matches(text).Select(match => Dropped().Replace(match.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Dropped();
}

using System.Collections;
using System.Globalization;
using System.Reflection;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Hosting;

/// <summary>The table in deploy/README.md is all that an operator has; what is not in it does not exist.</summary>
[Trait("Engine", "Any")]
public sealed class SettingsTableTests
{
    private static readonly string[] Rows =
        [.. Repository.Read("deploy/README.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))];

    public static TheoryData<string, string?> Settings =>
        [.. from options in typeof(Program).Assembly.GetTypes()
            where options.Name.EndsWith("Options", StringComparison.Ordinal) && SectionOf(options) is not null
            from property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            where property.CanWrite
            select new TheoryDataRow<string, string?>(KeyOf(SectionOf(options)!, property.Name), DefaultOf(options, property))];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_setting_stands_in_the_table_with_its_default(string key, string? @default)
    {
        var row = Assert.Single(Rows, row => row.StartsWith($"| `{key}`", StringComparison.Ordinal) || row.StartsWith($"| `{key}:0`", StringComparison.Ordinal));

        if (@default is not null) Assert.Contains($"`{@default}`", row, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Detection:Window", "00:05:00")]
    [InlineData("Detection:MaxAlerts", "100")]
    public void What_every_shipped_rule_says_stands_in_the_table_as_the_default(string key, string @default)
    {
        Assert.Contains($"`{@default}`", Assert.Single(Rows, row => row.StartsWith($"| `{key}`", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.All(RuleFiles.Shipped.Rules, rule => Assert.Equal(("00:05:00", 100), (rule.Rule.Window.ToString(), rule.Rule.MaxAlerts)));
    }

    private static string? SectionOf(Type options) =>
        options.GetField("Section", BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)?.GetRawConstantValue() as string;

    // These two hold any number of entries, each under a name of its own.
    private static string KeyOf(string section, string property) => section switch
    {
        "" => property,
        "Notifiers" or "Operators" => $"{section}:{{name}}:{property}",
        _ => $"{section}:{property}",
    };

    private static string? DefaultOf(Type options, PropertyInfo property) =>
        options.IsAbstract ? null : property.GetValue(Activator.CreateInstance(options, nonPublic: true)) switch
        {
            null or "" or (IEnumerable and not string) => null,
            IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            var value => value.ToString(),
        };
}

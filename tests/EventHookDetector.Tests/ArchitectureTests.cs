using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using EventHookDetector.Tests.Support;
using FluentMigrator;
using Microsoft.Extensions.Logging;

namespace EventHookDetector.Tests;

/// <summary>What keeps the folders walls, and the names honest.</summary>
[Trait("Engine", "Any")]
public sealed partial class ArchitectureTests
{
    private static readonly string[] BannedEndings = ["Manager", "Helper", "Util", "Processor", "Wrapper", "Base", "Impl", "Info", "Data", "Service"];

    private static IEnumerable<Type> Types => typeof(Program).Assembly.GetTypes()
        .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) && !type.Name.Contains('<', StringComparison.Ordinal))
        .Where(type => type.FullName!.StartsWith("EventHookDetector.", StringComparison.Ordinal));

    [Theory]
    [InlineData("Okta", "")]
    [InlineData("Hosting", "")]
    [InlineData("Storage", "Hosting")]
    [InlineData("Operators", "Audit Storage Hosting")]
    [InlineData("Retention", "EventHook Operators Detection Notifications Alerts Audit Okta Storage Hosting")]
    [InlineData("Audit", "Storage Hosting")]
    [InlineData("Alerts", "Audit Okta Storage Hosting")]
    [InlineData("Notifications", "Alerts Audit Storage Hosting")]
    [InlineData("Detection", "Notifications Alerts Audit Okta Storage Hosting")]
    [InlineData("EventHook", "Detection Audit Okta Storage Hosting")]
    [InlineData("Dashboard", "EventHook Notifications Alerts Storage Hosting")]
    [InlineData("Triage", "Detection Notifications Alerts Okta Storage Hosting")]
    public void A_folder_uses_only_the_folders_below_it(string folder, string below)
    {
        var allowed = below.Split(' ').Append(folder);

        var forbidden = from file in Repository.Source(folder)
                        from used in UseOfAFolder().Matches(file.Text).Select(match => match.Groups["folder"].Value)
                        where Folders.Contains(used) && !allowed.Contains(used)
                        select $"{file.Path} uses {used}";
        Assert.Empty(forbidden.Distinct());
    }

    [Fact]
    public void Every_folder_has_its_place_in_the_picture()
    {
        Assert.Equal(["Alerts", "Audit", "Dashboard", "Detection", "EventHook", "Hosting", "Notifications", "Okta", "Operators", "Retention", "Storage", "Triage"], Folders.Order());
    }

    [Fact]
    public void Detection_never_mentions_HTTP()
    {
        Assert.DoesNotContain(Repository.Source("Detection"), file => MentionOfHttp().IsMatch(file.Text));
    }

    [Fact]
    public void Storage_names_no_features_table()
    {
        var storage = Repository.Source("Storage");
        var tables = Repository.Source().Except(storage).SelectMany(file => CreationOfATable().Matches(file.Text)).Select(match => match.Groups["table"].Value).ToArray();

        Assert.NotEmpty(tables);
        Assert.All(storage, file => Assert.DoesNotContain(UseOfATable().Matches(file.Text), match => tables.Contains(match.Groups["table"].Value)));
    }

    [Fact]
    public void A_name_says_what_a_thing_is()
    {
        Assert.DoesNotContain(Types, type => BannedEndings.Any(ending => PlainName(type).EndsWith(ending, StringComparison.Ordinal)));
    }

    [Fact]
    public void Nothing_but_an_exception_is_called_one()
    {
        Assert.DoesNotContain(Types, type => PlainName(type).EndsWith("Exception", StringComparison.Ordinal) && !type.IsAssignableTo(typeof(Exception)));
    }

    [Fact]
    public void Nothing_is_public_but_what_its_finder_needs_public()
    {
        Assert.DoesNotContain(Types, type => type.IsVisible && !type.IsAssignableTo(typeof(MigrationBase)));
    }

    [Fact]
    public void A_class_is_sealed_or_abstract()
    {
        Assert.DoesNotContain(Types, type => type is { IsClass: true, IsSealed: false, IsAbstract: false });
    }

    [Fact]
    public void Every_option_says_what_it_means()
    {
        var undocumented = from file in Repository.Source()
                           where file.Path.EndsWith("Options.cs", StringComparison.Ordinal)
                           from match in UndocumentedOption().Matches(file.Text)
                           select $"{file.Path}: {match.Value.Trim()}";
        Assert.Empty(undocumented);
    }

    [Fact]
    public void Program_is_a_table_of_contents()
    {
        Assert.InRange(Repository.Read("src/EventHookDetector/Program.cs").TrimEnd().Split('\n').Length, 1, 40);
    }

    [Fact]
    public void What_is_logged_is_text_or_a_number()
    {
        // Anything else is made JSON property by property: of an address that throws, and the line breaks off.
        var odd = from type in typeof(Program).Assembly.GetTypes()
                  from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                  where method.IsDefined(typeof(LoggerMessageAttribute))
                  from parameter in method.GetParameters()
                  where !IsPlain(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType)
                  select $"{type.FullName}.{method.Name}: {parameter}";
        Assert.Empty(odd);
    }

    private static bool IsPlain(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan)
        || type == typeof(Exception) || type == typeof(ILogger);   // these two are no part of the text

    private static IReadOnlyList<string> Folders { get; } =
        [.. Repository.Source().Select(file => file.Path.Split(Path.DirectorySeparatorChar)).Where(path => path.Length > 1 && path[0] != "Properties").Select(path => path[0]).Distinct()];

    private static string PlainName(MemberInfo type) => type.Name.Split('`')[0];

    // By its whole name, or by its last part with a dot behind and none before it.
    [GeneratedRegex(@"EventHookDetector\.(?<folder>\w+)|(?<![\w.""/])(?<folder>[A-Z]\w+)\.[A-Z]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex UseOfAFolder();

    [GeneratedRegex(@"Microsoft\.AspNetCore|\bHttp(Context|Request|Response|Client)\b|\bStatusCodes?\b|\bIResult\b|\bTypedResults\b|System\.Net", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex MentionOfHttp();

    [GeneratedRegex(@"CREATE TABLE (?<table>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex CreationOfATable();

    [GeneratedRegex(@"(FROM|INTO|UPDATE|JOIN|TABLE|EXISTS)\s+(?<table>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex UseOfATable();

    [GeneratedRegex(@"(?<!///[^\n]*(\n\s*\[[^\n]*\])*)\n    public [\w<>?]+ \w+ \{ get; set; \}.*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex UndocumentedOption();
}

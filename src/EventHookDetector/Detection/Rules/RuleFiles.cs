namespace EventHookDetector.Detection.Rules;

/// <summary>All rules that there are: those we ship, and those that operators have put beside them.</summary>
internal sealed record RuleFiles(IReadOnlyList<DetectionRule> Rules, IReadOnlyList<RuleFault> Faults, IReadOnlyList<string> Ids)
{
    private const string Resources = "rules/";

    private static readonly Lazy<RuleFiles> LazyShipped = new(() => Of(ReadResources()));

    public static RuleFiles Shipped => LazyShipped.Value;

    /// <param name="folder">Where operators keep rules of their own; null or empty for none.</param>
    public static RuleFiles With(string? folder) => CanRead(folder) ? Of(ReadFolder(folder!), ReadResources()) : Shipped;

    public static bool CanRead(string? folder)
    {
        if (string.IsNullOrEmpty(folder)) return false;
        try
        {
            _ = Directory.EnumerateFiles(folder).Any();
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static RuleFiles Of(params IEnumerable<RuleFile>[] sources)
    {
        var (rules, faults, ids) = (new List<DetectionRule>(), new List<RuleFault>(), new List<string>());
        foreach (var file in sources.SelectMany(files => files))
        {
            faults.AddRange(file.Faults);
            if (file.Id is { } id) ids.Add(id);
            if (file.Rule is { } rule) rules.Add(rule);
        }

        return new(rules, faults, ids);
    }

    private static IEnumerable<RuleFile> ReadResources()
    {
        var assembly = typeof(RuleFiles).Assembly;
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Resources, StringComparison.Ordinal));
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return RuleFile.Read(name[Resources.Length..], text.ReadToEnd());
        }
    }

    private static IEnumerable<RuleFile> ReadFolder(string folder)
    {
        var taken = Shipped.Ids.ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*.toml").Order(StringComparer.Ordinal))
            yield return RuleFile.ReadOwn(path, taken);
    }
}

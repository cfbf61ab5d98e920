using System.Text;

namespace EventHookDetector.Okta.Ecs;

/// <summary>A field of the document: what it is called and where its values come from.</summary>
internal sealed class EcsField
{
    private readonly RawPath[] _paths;
    private readonly Func<LogEvent, EcsValueTest, bool>? _derived;

    /// <param name="name">With [] behind it, it is a list even of one; with [] within, a property of the objects in a list.</param>
    private EcsField(string name, EcsKind kind, string[] paths, Func<LogEvent, EcsValueTest, bool>? derived = null)
    {
        Name = name.Replace("[]", "", StringComparison.Ordinal);
        Kind = kind;
        IsList = name.EndsWith("[]", StringComparison.Ordinal);
        if (!IsList && name.IndexOf("[].", StringComparison.Ordinal) is var at and >= 0)
            ObjectsIn = new(name[..at], name[(at + 3)..], [.. paths.Select(path => Split(path, kind))]);
        _paths = [.. paths.Select(path => new RawPath(path.Replace("[]", "", StringComparison.Ordinal), kind))];
        _derived = derived;
    }

    public string Name { get; }

    public EcsKind Kind { get; }

    public bool IsList { get; }

    /// <summary>For a property of the objects in a list, which list and which property; null for all other fields.</summary>
    public ListProperty? ObjectsIn { get; }

    public static EcsField Raw(string name, params string[] paths) => new(name, EcsKind.Keyword, paths);

    public static EcsField Raw(string name, EcsKind kind, params string[] paths) => new(name, kind, paths);

    public static EcsField Derived(string name, Func<LogEvent, EcsValueTest, bool> read) => new(name, EcsKind.Keyword, [], read);

    public static EcsField Derived(string name, Func<LogEvent, IReadOnlyList<string>> read) => Derived(name, (logEvent, test) =>
    {
        // By index: an enumerator would be an object for each log event that is asked.
        var texts = read(logEvent);
        for (var i = 0; i < texts.Count; i++)
        {
            if (EcsValue.Test(texts[i], test)) return true;
        }

        return false;
    });

    public static EcsField Constant(string name, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Derived(name, (_, test) => test(new EcsValue(utf8)));
    }

    /// <returns>Whether one of its values passes the test.</returns>
    public bool Any(LogEvent logEvent, EcsValueTest test)
    {
        foreach (var path in _paths)
        {
            if (path.Any(logEvent.ReadableJson, test)) return true;
        }

        return _derived?.Invoke(logEvent, test) ?? false;
    }

    public override string ToString() => Name;

    private static (RawPath List, RawPath Property) Split(string path, EcsKind kind)
    {
        var parts = path.Split("[].");
        return (new(parts[0]), new(parts[1], kind));
    }

    internal sealed record ListProperty(string List, string Name, IReadOnlyList<(RawPath List, RawPath Property)> Paths);
}

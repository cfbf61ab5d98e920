using EventHookDetector.Hosting;
using Tomlyn.Syntax;

namespace EventHookDetector.Detection.Rules;

/// <summary>
/// The entries of one table of a TOML file, asked for by key. What is missing or odd is reported with its place, and reading
/// goes on: whoever wrote the file should hear of everything at once.
/// </summary>
internal sealed class TomlEntries(string path, SyntaxNode place, IEnumerable<KeyValueSyntax> entries, Action<SyntaxNode, string> report)
{
    private readonly Dictionary<string, KeyValueSyntax> _entries =
        entries.ToDictionary(entry => NameOf(entry.Key), StringComparer.Ordinal);

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public string Text(string key) => Required(key, OptionalText, "");

    public string? OptionalText(string key) => Read(
        key,
        "a text, and not an empty one",
        value => value is StringValueSyntax { Value: { } text } && !string.IsNullOrWhiteSpace(text) ? text : null);

    public int Number(string key, int from, int to) => Required(key, asked => OptionalNumber(asked, from, to), from);

    public int? OptionalNumber(string key, int from, int to) => (int?)ReadValue<long>(
        key,
        $"a whole number from {from} to {to}",
        value => value is IntegerValueSyntax number && number.Value >= from && number.Value <= to ? number.Value : null);

    public bool? OptionalFlag(string key) => ReadValue<bool>(key, "true or false", value => (value as BooleanValueSyntax)?.Value);

    public TimeSpan Time(string key, TimeSpan from, TimeSpan to) => Required(key, asked => OptionalTime(asked, from, to), from);

    public TimeSpan? OptionalTime(string key, TimeSpan from, TimeSpan to) => ReadValue<TimeSpan>(
        key,
        $"a text with a length of time from {from} to {to}, such as \"00:05:00\"",
        value => LengthOfTime.Read((value as StringValueSyntax)?.Value) is { } time && time >= from && time <= to ? time : null);

    public T OneOf<T>(string key)
        where T : struct, Enum => Required(key, asked => ReadValue(asked, $"one of {Words<T>()}", WordOf<T>), default);

    public IReadOnlyList<T>? OptionalSomeOf<T>(string key)
        where T : struct, Enum => Read(key, $"a list of some of {Words<T>()}", value =>
        {
            var words = (value as ArraySyntax)?.Items.Select(item => WordOf<T>(item.Value)).ToArray();
            return words is { Length: > 0 } && words.All(word => word is not null) ? words.Select(word => word!.Value).ToArray() : null;
        });

    /// <summary>A list of texts with one at least.</summary>
    public IReadOnlyList<string> Texts(string key) => Required<IReadOnlyList<string>>(key, OptionalTexts, []);

    public IReadOnlyList<string>? OptionalTexts(string key) => Read(key, "a list of texts, none of them empty", value =>
    {
        var texts = (value as ArraySyntax)?.Items.Select(item => (item.Value as StringValueSyntax)?.Value).ToArray();
        return texts is { Length: > 0 } && !texts.Any(string.IsNullOrWhiteSpace) ? texts.Select(text => text!).ToArray() : null;
    });

    /// <summary>Something about the value of a key that is more than its kind.</summary>
    public void Refuse(string key, string fault) =>
        report(_entries.TryGetValue(key, out var entry) ? entry : place, $"{path}{key} {fault}");

    /// <summary>Asked last: a misspelt key would otherwise be passed over in silence.</summary>
    public void RefuseOthers()
    {
        foreach (var (key, entry) in _entries.Where(entry => !_asked.Contains(entry.Key)))
            report(entry, $"{path}{key} is not a key here; there are {string.Join(", ", _asked)}");
    }

    /// <summary>A key or the name of a table, as it is written.</summary>
    public static string NameOf(KeySyntax? key) => key?.ToString()?.Trim() ?? "";

    private static string Words<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>().Select(name => name.ToLowerInvariant()));

    private static T? WordOf<T>(ValueSyntax? value)
        where T : struct, Enum =>
        Enum.GetNames<T>().FirstOrDefault(name => string.Equals(name, (value as StringValueSyntax)?.Value, StringComparison.OrdinalIgnoreCase)) is { } word
            ? Enum.Parse<T>(word)
            : null;

    private T Required<T>(string key, Func<string, T?> read, T otherwise)
        where T : class
    {
        RefuseIfMissing(key);
        return read(key) ?? otherwise;
    }

    private T Required<T>(string key, Func<string, T?> read, T otherwise)
        where T : struct
    {
        RefuseIfMissing(key);
        return read(key) ?? otherwise;
    }

    private void RefuseIfMissing(string key)
    {
        if (!_entries.ContainsKey(key)) report(place, $"{path}{key} is missing");
    }

    private T? Read<T>(string key, string kind, Func<ValueSyntax?, T?> read)
        where T : class
    {
        var value = Find(key) is { } entry ? read(entry.Value) : null;
        if (value is null && _entries.ContainsKey(key)) Refuse(key, $"must be {kind}");
        return value;
    }

    private T? ReadValue<T>(string key, string kind, Func<ValueSyntax?, T?> read)
        where T : struct
    {
        var value = Find(key) is { } entry ? read(entry.Value) : null;
        if (value is null && _entries.ContainsKey(key)) Refuse(key, $"must be {kind}");
        return value;
    }

    private KeyValueSyntax? Find(string key)
    {
        _asked.Add(key);
        return _entries.GetValueOrDefault(key);
    }
}

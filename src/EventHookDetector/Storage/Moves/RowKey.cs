using System.Globalization;
using System.Text.Json;

namespace EventHookDetector.Storage.Moves;

/// <summary>The values of a row's primary key on SQLite, put down as text so that a move can be taken up behind that row.</summary>
internal static class RowKey
{
    public static string Write(object[] key) => JsonSerializer.Serialize(key.Select(value => value switch
    {
        long number => $"n{number}",
        string text => $"t{text}",
        byte[] bytes => $"b{Convert.ToHexString(bytes)}",
        _ => throw new NotSupportedException($"No key holds a {value.GetType().Name}."),
    }));

    public static object[] Read(string text) => [.. JsonSerializer.Deserialize<string[]>(text)!.Select(object (value) => value[0] switch
    {
        'n' => long.Parse(value.AsSpan(1), CultureInfo.InvariantCulture),
        't' => value[1..],
        _ => Convert.FromHexString(value.AsSpan(1)),
    })];
}

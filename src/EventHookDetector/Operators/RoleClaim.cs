using System.Security.Claims;
using System.Text.Json;

namespace EventHookDetector.Operators;

/// <summary>Reads the claim that holds a person's roles. Providers such as Keycloak nest it in an object: <c>realm_access.roles</c>.</summary>
internal static class RoleClaim
{
    /// <summary>Values of the claim of that exact name; if the token has none, values at that path, whose parts are separated by dots.</summary>
    public static IReadOnlySet<string> Read(ClaimsPrincipal token, string name)
    {
        var values = token.FindAll(name).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal);
        if (values.Count > 0) return values;

        // A part may hold dots itself, as a URL does, so each dot is tried as the end of the first part.
        foreach (var (first, remainder) in Splits(name))
        {
            foreach (var claim in token.FindAll(first)) AddTo(values, claim.Value, remainder);
        }

        return values;
    }

    private static void AddTo(HashSet<string> values, string claim, string path)
    {
        if (!claim.StartsWith('{')) return;

        try
        {
            using var json = JsonDocument.Parse(claim);
            AddTo(values, json.RootElement, path);
        }
        catch (JsonException)
        {
            // A text that only looks like an object holds no role.
        }
    }

    private static void AddTo(HashSet<string> values, JsonElement owner, string path)
    {
        if (owner.ValueKind != JsonValueKind.Object) return;

        if (owner.TryGetProperty(path, out var found))
        {
            values.UnionWith(found.ValueKind switch
            {
                JsonValueKind.String => [found.GetString()!],
                JsonValueKind.Array => found.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!),
                _ => [],
            });
            return;
        }

        foreach (var (first, remainder) in Splits(path))
        {
            if (owner.TryGetProperty(first, out var inner)) AddTo(values, inner, remainder);
        }
    }

    private static IEnumerable<(string First, string Remainder)> Splits(string path)
    {
        for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1)) yield return (path[..dot], path[(dot + 1)..]);
    }
}

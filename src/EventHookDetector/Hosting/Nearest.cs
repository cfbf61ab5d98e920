namespace EventHookDetector.Hosting;

/// <summary>Finds the word that was probably meant by a misspelt one.</summary>
internal static class Nearest
{
    /// <returns>Null if none is near: at most a third of the letters may differ.</returns>
    public static string? To(string misspelt, IEnumerable<string> words) => words
        .Select(word => (Word: word, Distance: Distance(misspelt.ToLowerInvariant(), word.ToLowerInvariant())))
        .Where(near => near.Distance <= Math.Max(1, near.Word.Length / 3))
        .OrderBy(near => near.Distance)
        .Select(near => near.Word)
        .FirstOrDefault();

    /// <summary>Counts the letters that must be added, removed, replaced or exchanged with their neighbour (Damerau and Levenshtein).</summary>
    public static int Distance(string one, string other)
    {
        if (one.Length > 200) return int.MaxValue;   // the cost is the product of both lengths

        var distances = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distances[i, j] = i + j;
                    continue;
                }

                var replaced = distances[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
                var exchanged = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] ? distances[i - 2, j - 2] + 1 : int.MaxValue;
                distances[i, j] = Math.Min(Math.Min(replaced, exchanged), 1 + Math.Min(distances[i - 1, j], distances[i, j - 1]));
            }
        }

        return distances[one.Length, other.Length];
    }
}

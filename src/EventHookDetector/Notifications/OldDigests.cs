using System.Data.Common;
using Dapper;
using EventHookDetector.Alerts;
using EventHookDetector.Storage;

namespace EventHookDetector.Notifications;

/// <summary>The notifications of a window's digests, found by how their subject begins.</summary>
internal static class OldDigests
{
    private const string OfTheWindow = "subject >= @From AND subject < @To";

    /// <summary>Windows of which somebody is still to be told have to wait.</summary>
    public static async Task<IReadOnlyList<OldWindow>> WithoutPendingAsync(DbConnection connection, IReadOnlyList<OldWindow> windows)
    {
        var told = new List<OldWindow>(windows.Count);
        foreach (var window in windows)
        {
            var (from, to) = RangeOf(window);
            var isPending = window.Capped > 0 && await connection.ExecuteScalarAsync<bool>(
                $"SELECT EXISTS (SELECT 1 FROM notifications WHERE {OfTheWindow} AND state = 'pending')", new { From = from, To = to });
            if (!isPending) told.Add(window);
        }

        return told;
    }

    public static async Task RemoveAsync(DetectorTransaction transaction, IReadOnlyList<OldWindow> windows)
    {
        foreach (var (from, to) in windows.Where(window => window.Capped > 0).Select(RangeOf))
            await transaction.ExecuteAsync($"DELETE FROM notifications WHERE {OfTheWindow}", from, to);
    }

    private static (string From, string To) RangeOf(OldWindow window)
    {
        var begin = DigestSubject.BeginningOf(window.RuleId, new(window.WindowStart, window.WindowEnd));
        return ($"{begin}|", $"{begin}}}");   // the character after the bar
    }
}

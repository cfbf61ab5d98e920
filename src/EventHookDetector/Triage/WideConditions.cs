using System.Text;
using EventHookDetector.Detection.Kql;
using EventHookDetector.Okta;

namespace EventHookDetector.Triage;

/// <summary>Conditions that cover next to everything, told by what they say of log events of which next to nothing is known.</summary>
internal static class WideConditions
{
    private static readonly LogEvent NothingKnown = Knowing("{}");

    // The ends of both halves: whoever means a few networks, however large, does not mean all of these.
    private static readonly LogEvent[] OnlyV4Known = [From("0.0.0.0"), From("127.255.255.255"), From("128.0.0.0"), From("255.255.255.255")];
    private static readonly LogEvent[] OnlyV6Known = [From("::"), From("7fff::"), From("8000::"), From("ffff::")];

    /// <returns>Why it covers too much; null if it does not.</returns>
    public static string? FindFault(KqlQuery condition)
    {
        if (condition.Matches(NothingKnown))
            return "condition must name what it covers: this one covers even a log event of which nothing is known, so next to everything.";

        return OnlyV4Known.All(condition.Matches) || OnlyV6Known.All(condition.Matches)
            ? "condition must name what it covers: this one covers every log event that has an address, whatever its address is. Name an actor, or a smaller network."
            : null;
    }

    private static LogEvent From(string address) => Knowing($$$"""{"client":{"ipAddress":"{{{address}}}"}}""");

    private static LogEvent Knowing(string json) => new(Encoding.UTF8.GetBytes(json), eventType: null, org: null);
}

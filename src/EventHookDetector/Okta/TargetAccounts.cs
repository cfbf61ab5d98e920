namespace EventHookDetector.Okta;

/// <summary>Finds the accounts among the targets of a log event.</summary>
internal static class TargetAccounts
{
    // Above this number, comparing each target with each other one would take too long. The accounts then count as often as they are named.
    private const int MostCompared = 1000;

    /// <returns>Each User target once; without one, the first target of another type.</returns>
    public static IReadOnlyList<Subject> Among(IReadOnlyList<Subject> targets)
    {
        var users = targets.Count(target => target.IsUser);
        if (users == 0) return targets.Count < 2 ? targets : [targets[0]];
        if (users == 1) return targets.Count == 1 ? targets : [targets.First(target => target.IsUser)];

        var accounts = new List<Subject>(users);
        foreach (var user in targets.Where(target => target.IsUser))
        {
            var known = users > MostCompared ? -1 : accounts.FindIndex(account => account.IsSameAccountAs(user));
            if (known < 0) accounts.Add(user);
            else accounts[known] = accounts[known].CompletedBy(user);
        }

        return accounts;
    }
}

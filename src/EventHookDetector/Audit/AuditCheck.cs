namespace EventHookDetector.Audit;

/// <summary>
/// Goes along the chain, row by row, and stops believing at the first that does not follow from the one before. The rows behind that are only
/// asked whether one of them belongs there: then nothing is missing, and somebody has changed the order.
/// </summary>
/// <param name="notedHead">A head that was noted earlier, somewhere out of reach of whoever could write the database; null if none was.</param>
internal sealed class AuditCheck(string? notedHead)
{
    private AuditEntry? _broken;
    private bool _isReordered;
    private string? _fault;

    /// <summary>How many rows hold, from the first on.</summary>
    public long Number { get; private set; }

    /// <summary>The hash of the last of them.</summary>
    public string Hash { get; private set; } = AuditChain.Beginning;

    /// <summary>The time of the last of them.</summary>
    public DateTimeOffset? At { get; private set; }

    /// <summary>How many of them had the text of a person taken away.</summary>
    public long Blanked { get; private set; }

    /// <summary>Which row the noted head is the hash of.</summary>
    public long? NotedNumber { get; private set; } = notedHead == AuditChain.Beginning ? 0 : null;

    /// <summary>What is wrong, and where it begins; null if nothing is.</summary>
    public string? Fault => _fault ?? (_broken is null ? null : Describe(_broken)) ?? (notedHead is null || NotedNumber is not null ? null
        : $"The chain holds in itself up to number {Number}, but the head that was noted is not in it: what was there then was cut off, or written anew, since.");

    public void Add(AuditEntry entry)
    {
        if (_broken is not null)
        {
            _isReordered |= Belongs(entry);
            return;
        }

        if (entry.Number != Number + 1 || entry.Hash != AuditChain.HashOf(entry, Number + 1, Hash) || !HoldsItsTexts(entry))
        {
            _broken = entry;
            return;
        }

        (Number, Hash, At) = (Number + 1, entry.Hash, entry.At);
        if (entry.IsBlanked) Blanked++;
        if (entry.Hash == notedHead) NotedNumber = Number;
    }

    /// <summary>Compares with what stands in the table of the head.</summary>
    /// <param name="before">As it was read before the first row.</param>
    /// <param name="hashThere">The hash of the row of that number; null if there is none.</param>
    /// <param name="after">As it was read behind the last row.</param>
    public void Compare(AuditHead before, string? hashThere, AuditHead after)
    {
        if (_broken is not null) return;

        if (Number < before.Number)
            _fault = $"Cut off behind number {Number}: audit_head says that there were {before.Number} rows.";
        else if (hashThere != before.Hash)
            _fault = $"The row of number {before.Number} is not the one that audit_head says it is: the chain was written anew, or audit_head altered.";
        else if (Number > after.Number)
            _fault = $"Added: audit_head says that there are {after.Number} rows, and there are {Number}.";
    }

    /// <summary>Takes note of a row that nobody can read, behind which nothing was looked at.</summary>
    public void Add(UnreadableRowException fault) => _fault = fault.Message;

    private static bool HoldsItsTexts(AuditEntry entry) =>
        AuditChain.IsAsSealed(entry.Who, entry.WhoSalt, entry.WhoDigest) && AuditChain.IsAsSealed(entry.Details, entry.DetailsSalt, entry.DetailsDigest);

    // Rows that were swapped may have brought their hashes along, or left them where they were.
    private bool Belongs(AuditEntry entry)
    {
        var hash = AuditChain.HashOf(entry, Number + 1, Hash);
        return hash == entry.Hash || (hash == _broken!.Hash && _broken.Number == Number + 1);
    }

    private string Describe(AuditEntry broken)
    {
        var place = $"at number {Number + 1}";
        if (_isReordered || broken.Number <= Number) return $"Reordered {place}: the row that belongs there stands elsewhere.";
        if (broken.Number != Number + 1) return $"Removed {place}: what follows is number {broken.Number} ({broken.Id}).";

        return $"Altered {place} ({broken.Id}, {broken.Act}): it does not say what it said when it was sealed.";
    }
}

namespace EventHookDetector.Hosting;

/// <summary>Faults that keep the detector from starting and that an operator can cure.</summary>
internal sealed class StartFaultException(IReadOnlyList<string> faults, Exception? cause = null)
    : Exception(string.Join(Environment.NewLine, faults), cause)
{
    public StartFaultException(string fault, Exception? cause = null)
        : this([fault], cause)
    {
    }

    /// <summary>One sentence for each fault. It begins with the key to edit, names the cure, and repeats no secret.</summary>
    public IReadOnlyList<string> Faults => faults;
}

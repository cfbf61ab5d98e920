namespace EventHookDetector.Storage;

internal static class ExceptionChain
{
    /// <summary>The first exception of a kind along the causes of a fault; the migrations put exceptions of their own around it.</summary>
    public static T? CauseOf<T>(this Exception fault)
        where T : Exception
    {
        for (Exception? cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (cause is T found) return found;
        }

        return null;
    }
}

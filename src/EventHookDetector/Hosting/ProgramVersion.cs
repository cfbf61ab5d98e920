using System.Reflection;

namespace EventHookDetector.Hosting;

/// <summary>The version of this program, as its build states it.</summary>
internal static class ProgramVersion
{
    /// <summary>Such as 1.0.0+4f2c…; behind the plus sign stands the commit.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Such as 1.0.0.</summary>
    public static string Number => Text.Split('+')[0];

    /// <summary>The commit it was built from; null if the build did not know it.</summary>
    public static string? Commit => Text.Split('+') is [_, { Length: > 0 } commit] ? commit : null;
}

using System.Runtime.CompilerServices;

namespace EventHookDetector.Tests.Support;

/// <summary>The files this was built from, for tests that read them.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    public static string Read(string path) => File.ReadAllText(PathOf(path));

    public static string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>The C# files of the product below a folder, with their paths from there.</summary>
    public static IReadOnlyList<(string Path, string Text)> Source(string folder = "")
    {
        var product = Path.Combine(Root, "src", "EventHookDetector");
        return [.. from file in Directory.EnumerateFiles(Path.Combine(product, folder), "*.cs", SearchOption.AllDirectories)
                   let path = Path.GetRelativePath(product, file)
                   where path.Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj")
                   select (path, File.ReadAllText(file))];
    }

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        var folder = new FileInfo(thisFile).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EventHookDetector.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests must run where they were built, beside the source.");
    }
}

namespace EventHookDetector.Tests.Support;

/// <summary>A disk of a few megabytes, for who may mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("disk-");

    private SmallDisk()
    {
    }

    public string Folder => _folder.FullName;

    private string Filling => Path.Combine(Folder, "filling");

    /// <returns>Null where mounting is not allowed, as in most containers.</returns>
    public static SmallDisk? TryMount(int megabytes)
    {
        var disk = new SmallDisk();
        if (Tool.TryRun("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=777", "tmpfs", disk.Folder)) return disk;

        disk._folder.Delete();
        return null;
    }

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        using var filling = new FileStream(Filling, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var some = new byte[4096];
        try
        {
            while (true) filling.Write(some);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    public void Free() => File.Delete(Filling);

    public void Dispose()
    {
        Tool.TryRun("umount", "--lazy", Folder);
        _folder.Delete();
    }
}

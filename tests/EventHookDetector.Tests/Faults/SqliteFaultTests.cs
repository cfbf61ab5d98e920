using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Faults;

/// <summary>What can happen to a file while deliveries come.</summary>
[Trait("Engine", "Sqlite")]
public sealed class SqliteFaultTests : FaultTests
{
    [Fact]
    public async Task A_disk_that_is_full()
    {
        using var disk = SmallDisk.TryMount(megabytes: 64);
        if (disk is null)
        {
            await AssertOutlivesFilesThatCannotBeWrittenAsync();
            return;
        }

        await using var detector = NewDetector([new("Storage:ConnectionString", $"Data Source={disk.Folder}/detector.db")]);

        await AssertOutlivesAsync(detector, disk.Fill, disk.Free);
    }

    // For SQLite this is the same as a disk that has become read-only: whatever is not "full" is an error of input and output.
    [Fact]
    public Task Files_that_cannot_be_written() => AssertOutlivesFilesThatCannotBeWrittenAsync();

    [Fact]
    public async Task A_file_that_nobody_may_change()
    {
        await using var detector = NewDetector([]);
        string[] files = [];

        await AssertOutlivesAsync(
            detector,
            () =>
            {
                // Not the index of its log: that is in memory, and who writes there what cannot be kept is ended by the system (SIGBUS).
                files = [.. Directory.GetFiles(FolderOf(detector)).Where(IsKept)];
                if (!Tool.TryRun("chattr", ["+i", .. files])) LimitFiles(detector, "0");
            },
            () =>
            {
                Tool.TryRun("chattr", ["-i", .. files]);
                LimitFiles(detector, "unlimited");
            });
    }

    [Fact]
    public async Task A_folder_that_is_moved_away_and_comes_back()
    {
        await using var detector = NewDetector([]);
        var (folder, away) = (FolderOf(detector), FolderOf(detector) + ".away");

        await AssertOutlivesAsync(detector, () => Directory.Move(folder, away), () => Directory.Move(away, folder));
    }

    [Fact]
    public async Task Another_file_that_comes_in_its_place()
    {
        await using var detector = NewDetector([]);
        var (folder, away, copy) = (FolderOf(detector), FolderOf(detector) + ".away", FolderOf(detector) + ".copy");

        await AssertOutlivesAsync(
            detector,
            () => Directory.Move(folder, away),
            () =>
            {
                Directory.CreateDirectory(copy);
                foreach (var file in Directory.GetFiles(away, "*.db*").Where(IsKept)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
                Directory.Move(copy, folder);
                Directory.Delete(away, recursive: true);
            });
    }

    private async Task AssertOutlivesFilesThatCannotBeWrittenAsync()
    {
        await using var detector = NewDetector([]);

        await AssertOutlivesAsync(detector, () => LimitFiles(detector, "0"), () => LimitFiles(detector, "unlimited"));
    }

    // The index of the log is made anew from it, and the lock belongs to the process.
    private static bool IsKept(string file) => !file.EndsWith("-shm", StringComparison.Ordinal) && !file.EndsWith(".lock", StringComparison.Ordinal);

    private static void LimitFiles(DetectorProcess detector, string bytes) => Assert.True(Tool.TryRun("prlimit", "--pid", $"{detector.Id}", $"--fsize={bytes}:unlimited"));

    private static string FolderOf(DetectorProcess detector) => Path.GetDirectoryName(detector.Settings["Storage:ConnectionString"].Split('=', 2)[1])!;
}

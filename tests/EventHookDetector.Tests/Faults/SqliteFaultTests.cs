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
                files = [.. Directory.GetFiles(FolderOf(detector)).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal))];
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
    public async Task Another_file_in_its_place()
    {
        await using var detector = NewDetector([]);
        var (folder, away) = (FolderOf(detector), FolderOf(detector) + ".away");

        await AssertOutlivesAsync(
            detector,
            () =>
            {
                Directory.Move(folder, away);
                Directory.CreateDirectory(folder);
                foreach (var file in Directory.GetFiles(away)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            },
            () =>
            {
                Directory.Delete(folder, recursive: true);
                Directory.Move(away, folder);
            });
    }

    private async Task AssertOutlivesFilesThatCannotBeWrittenAsync()
    {
        await using var detector = NewDetector([]);

        await AssertOutlivesAsync(detector, () => LimitFiles(detector, "0"), () => LimitFiles(detector, "unlimited"));
    }

    private static void LimitFiles(DetectorProcess detector, string bytes) => Assert.True(Tool.TryRun("prlimit", "--pid", $"{detector.Id}", $"--fsize={bytes}:unlimited"));

    private static string FolderOf(DetectorProcess detector) => Path.GetDirectoryName(detector.Settings["Storage:ConnectionString"].Split('=', 2)[1])!;
}

using Microsoft.Data.Sqlite;

namespace EventHookDetector.Tests.Support;

/// <summary>A SQLite file with a detector's work in it, an empty PostgreSQL database, and the command that brings one to the other.</summary>
internal sealed class StorageMove : IAsyncDisposable
{
    private readonly List<DetectorProcess> _processes = [];

    public TestStorage Source { get; } = TestStorage.CreateSqlite();

    public TestStorage Target { get; } = TestStorage.CreateEmpty();

    public string SourceFile => Source.ConnectionString["Data Source=".Length..];

    /// <summary>Calls the command, which is not asked for anything but what it says at its end.</summary>
    public async Task<DetectorProcess> RunAsync(params string[] words)
    {
        var command = Prepare();
        await RunAsync(command, words);
        return command;
    }

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(DetectorProcess command, params string[] words)
    {
        SqliteConnection.ClearAllPools();   // a detector that has stopped holds nothing open, but here it ran in this very process
        var file = Path.Combine(command.Folder.FullName, "to");
        await File.WriteAllTextAsync(file, $"{Target.ConnectionString}\n", TestContext.Current.CancellationToken);
        return await command.RunAsync(["migrate-storage", .. words.Length > 0 ? words : ["--to-file", file]]);
    }

    /// <summary>A process with the settings of the source.</summary>
    public DetectorProcess Prepare()
    {
        var process = new DetectorProcess();
        _processes.Add(process);
        foreach (var (key, value) in Source.Settings) process.Settings[key] = value;
        return process;
    }

    /// <summary>Makes the tables of one side, as the start of a detector does.</summary>
    public static async Task MakeTablesAsync(TestStorage storage)
    {
        await using (var detector = new DetectorApp(storage)) _ = detector.Http;
        SqliteConnection.ClearAllPools();   // The detector ran in this process, whose pool would keep the file open.
    }

    /// <summary>Puts so many rows into a table of the source that one batch does not hold them.</summary>
    public void Fill(int rows) => Source.Execute(
        $"""
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})
        INSERT INTO processed_log_events (key, seen_at) SELECT randomblob(16), n FROM numbers
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        Source.Dispose();
        Target.Dispose();
    }
}

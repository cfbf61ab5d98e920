using System.Diagnostics;
using Npgsql;

namespace EventHookDetector.Tests.Support;

/// <summary>A real PgBouncer before a server; it ends with the test.</summary>
internal sealed class PgBouncer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pgbouncer-");
    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly int _port;
    private Process? _process;

    private PgBouncer(string server, int port) => (_server, _port) = (new(server), port);

    /// <summary>The connection string of the server, by way of this.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_server.ToString()) { Host = "127.0.0.1", Port = _port }.ToString();

    public static bool IsThere => Tool.TryRun("pgbouncer", "--version");

    /// <param name="server">The connection string of the server.</param>
    /// <param name="poolMode">session, transaction or statement.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="settings">More of its settings, one a line.</param>
    public static PgBouncer Start(string server, string poolMode, int port, string settings = "")
    {
        var pooler = new PgBouncer(server, port);
        pooler.Run(poolMode, settings);
        return pooler;
    }

    public void Dispose()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Run(string poolMode, string settings)
    {
        var file = Path.Combine(_folder.FullName, "pgbouncer.ini");
        File.WriteAllText(file, $"""
            [databases]
            {_server.Database} = host=127.0.0.1 port={_server.Port} user={_server.Username}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port}
            unix_socket_dir =
            auth_type = any
            pool_mode = {poolMode}
            {settings}
            """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);

        // It does not run as root.
        string[] asAnother = Environment.UserName == "root" ? ["setpriv", "--reuid", "nobody", "--clear-groups"] : ["env"];
        _process = Process.Start(new ProcessStartInfo(asAnother[0], [.. asAnother[1..], "pgbouncer", "--quiet", file]) { UseShellExecute = false, WorkingDirectory = "/" })!;
        for (var waiting = Stopwatch.StartNew(); ; _process.WaitForExit(milliseconds: 50))
        {
            try
            {
                using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
                connection.Open();
                return;
            }
            catch (NpgsqlException) when (waiting.Elapsed < Patience && !_process.HasExited)
            {
                // Not yet.
            }
        }
    }
}

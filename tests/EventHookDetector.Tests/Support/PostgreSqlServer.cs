using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace EventHookDetector.Tests.Support;

/// <summary>
/// A real PostgreSQL in a folder of its own on a free port; it ends with the tests. TEST_POSTGRES names another one instead: the
/// connection string of somebody who may create databases.
/// </summary>
internal sealed class PostgreSqlServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postgres-");
    private readonly int _port;
    private Process? _process;

    /// <param name="settings">Settings of the server, such as fsync=off.</param>
    public PostgreSqlServer(params string[] settings)
        : this(settings, logSegment: 16)
    {
    }

    /// <param name="settings">Settings of the server, such as fsync=off.</param>
    /// <param name="logSegment">The length of each file of its write-ahead log, in megabytes.</param>
    public PostgreSqlServer(string[] settings, int logSegment)
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            _port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        if (Environment.UserName == "root") Run("chown", "postgres", _folder.FullName);
        Run(AsPostgres(Path.Combine(Programs, "initdb"), "--pgdata", Data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", $"--wal-segsize={logSegment}"));
        File.AppendAllLines(Path.Combine(Data, "postgresql.conf"), settings);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        Start();
    }

    /// <summary>The one that most tests share. What it is told may be lost with the machine, and with nothing less.</summary>
    public static Lazy<string> Shared { get; } = new(() =>
        Environment.GetEnvironmentVariable("TEST_POSTGRES") is { Length: > 0 } other ? other : new PostgreSqlServer("fsync = off").ConnectionString);

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres";

    private string Data => Path.Combine(_folder.FullName, "data");

    private string Server => File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();

    private IEnumerable<string> Children => File.ReadAllText($"/proc/{Server}/task/{Server}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Programs =>
        Directory.Exists("/usr/lib/postgresql")
            ? Path.Combine(Directory.GetDirectories("/usr/lib/postgresql").OrderBy(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).Last(), "bin")
            : throw new InvalidOperationException("There is no PostgreSQL: run tests/run.sh, which installs it, or set TEST_POSTGRES.");

    /// <summary>Returns once it answers.</summary>
    public void Start()
    {
        // It must not outlive us, even if we are killed: then the pipe ends, and with it the shell.
        var start = AsPostgres(
            "sh", "-c", "\"$@\" & cat >/dev/null; kill -QUIT $!; wait", "sh",
            Path.Combine(Programs, "postgres"), "-D", Data, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", $"unix_socket_directories={_folder.FullName}",
            "-c", "max_connections=400", "-c", "logging_collector=on", "-c", "log_directory=log");
        start.RedirectStandardInput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
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

    /// <summary>Ends all of it at once, as if the machine had crashed.</summary>
    public void Kill()
    {
        SignalAll("-STOP");   // or it would notice the first death, and begin to recover
        SignalAll("-KILL");
        _process!.StandardInput.Close();
        _process.WaitForExit();
    }

    /// <summary>Lets it hang, with every connection open, until it is told to <see cref="Continue"/>.</summary>
    public void Pause() => SignalAll("-STOP");

    public void Continue() => SignalAll("-CONT");

    /// <summary>From now on no file may be longer, as on a disk that is full. Also what it starts later is bound by that.</summary>
    /// <param name="bytes">In bytes, or <c>unlimited</c>.</param>
    public void LimitFiles(string bytes)
    {
        Run(AsPostgres("prlimit", "--pid", Server, $"--fsize={bytes}:unlimited"));
        foreach (var process in Children)
        {
            var limiting = AsPostgres("prlimit", "--pid", process, $"--fsize={bytes}:unlimited");
            Tool.TryRun(limiting.FileName, [.. limiting.ArgumentList]);   // one may just have ended
        }
    }

    public void Dispose()
    {
        if (_process is null) return;

        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
        _folder.Delete(recursive: true);
    }

    private void SignalAll(string signal)
    {
        var children = Children.ToList();   // who is dead has none
        Run("kill", signal, Server);
        foreach (var process in children) Tool.TryRun("kill", signal, process);   // one may just have ended
    }

    // A server does not run as root.
    private static ProcessStartInfo AsPostgres(params string[] command)
    {
        string[] asPostgres = Environment.UserName == "root" ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"] : ["env"];
        return new ProcessStartInfo(asPostgres[0], [.. asPostgres[1..], .. command]) { UseShellExecute = false, WorkingDirectory = "/" };
    }

    private static void Run(string program, params string[] arguments) =>
        Run(new ProcessStartInfo(program, arguments));

    private static void Run(ProcessStartInfo start)
    {
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)}: {output.Result} {errors}");
    }
}

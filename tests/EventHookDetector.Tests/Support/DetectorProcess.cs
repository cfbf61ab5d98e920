using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace EventHookDetector.Tests.Support;

/// <summary>The real program in a process of its own, for what only a process can show: how it starts, is asked, and ends.</summary>
internal sealed class DetectorProcess : IAsyncDisposable
{
    // Only for a program that hangs; nothing is measured by it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("detector-");
    private readonly TestStorage _storage = TestStorage.Create();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _mayRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private Process? _process;

    public DetectorProcess()
    {
        _patience.CancelAfter(Patience);
        _mayRead.SetResult();
        Settings["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        foreach (var (key, value) in _storage.Settings) Settings[key] = value;
    }

    /// <summary>Handed over as environment variables.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    public DirectoryInfo Folder => _folder;

    public TestStorage Storage => _storage;

    /// <summary>Changed before it starts, or not at all.</summary>
    public string Program { get; set; } = Path.Combine(AppContext.BaseDirectory, "EventHookDetector.dll");

    /// <summary>The permissions that files it makes do not get, in octal.</summary>
    public string Umask { get; init; } = "022";

    /// <summary>The faults that it printed because it did not start.</summary>
    public IReadOnlyList<string> Faults =>
        [.. Errors.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..])];

    public int Id => _process!.Id;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    public DetectorProcess WithSecretAndKey()
    {
        Settings["EventHook:Secrets:0"] = DetectorApp.Secret;
        Settings["Operators:oncall:Key"] = DetectorApp.OperatorKey;
        return this;
    }

    /// <summary>Returns once it listens, with where.</summary>
    public async Task<Uri> ListenAsync()
    {
        Start([]);
        var url = await await Task.WhenAny(_listening.Task, NeverListenedAsync()).WaitAsync(_patience.Token);
        Http.BaseAddress = url;
        return url;
    }

    /// <summary>Returns once it has ended, with its exit code.</summary>
    public async Task<int> RunAsync(params string[] arguments)
    {
        Start(arguments);
        return await EndAsync();
    }

    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync(_patience.Token);
        if (_mayRead.Task.IsCompleted) await _reading.WaitAsync(_patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Sends the signal with which everything that runs services asks them to stop.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(_patience.Token);
    }

    /// <summary>Ends it at once, whatever it was doing: SIGKILL, which nobody can answer.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync(_patience.Token);
    }

    /// <summary>Stops reading standard output, so that its pipe fills up.</summary>
    public void HoldOutput() => _mayRead = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads standard output again, from where it was held.</summary>
    public void ReadOutputAgain() => _mayRead.TrySetResult();

    /// <summary>Returns once standard output holds the text. The detector must listen.</summary>
    public async Task UntilOutputAsync(string text)
    {
        while (!Output.Contains(text, StringComparison.Ordinal)) (await GetAsync("/health/live")).Dispose();
    }

    public async Task<HttpResponseMessage> DeliverAsync(JsonNode delivery, string secret = DetectorApp.Secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, DetectorApp.HookPath)
        {
            Content = new StringContent(delivery.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", secret);
        return await Http.SendAsync(request, _patience.Token);
    }

    /// <summary>Of one that has ended.</summary>
    public int ExitCode => _process!.ExitCode;

    public Task<HttpResponseMessage> GetAsync(string path) => Http.GetAsync(path, _patience.Token);

    /// <summary>The uuids of all alerts, page by page.</summary>
    public async Task<IReadOnlyList<string>> AlertsAsync()
    {
        var uuids = new List<string>();
        for (var cursor = ""; ;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/alerts?limit=200&cursor={cursor}");
            request.Headers.Add("X-Api-Key", DetectorApp.OperatorKey);
            using var response = await Http.SendAsync(request, _patience.Token);
            Assert.True(response.IsSuccessStatusCode, Output);
            var page = (await response.Content.ReadFromJsonAsync<JsonNode>(_patience.Token))!;
            uuids.AddRange(page["items"]!.AsArray().Select(alert => (string)alert!["uuid"]!));
            if ((string?)page["nextCursor"] is not { } next) return uuids;

            cursor = next;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        if (_process is not null) await _process.WaitForExitAsync(CancellationToken.None);
        ReadOutputAgain();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process?.Dispose();
        Http.Dispose();
        _patience.Dispose();
        _storage.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Start(string[] arguments)
    {
        // A file that may grow no longer is to be an error, as a full disk is, and not the end of the process.
        string[] command = ["-c", $"trap '' XFSZ; umask {Umask}; exec \"$@\"", "sh", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"];
        var start = new ProcessStartInfo("sh", command)
        {
            WorkingDirectory = _folder.FullName,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (key, value) in Settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;

        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
        _process.Start();
        _reading = ReadOutputAsync(_process.StandardOutput);
        _process.BeginErrorReadLine();
    }

    private async Task ReadOutputAsync(StreamReader output)
    {
        while (await output.ReadLineAsync(CancellationToken.None) is { } line)
        {
            Take(_output, line);
            await _mayRead.Task;
        }
    }

    private void Take(StringBuilder lines, string? line)
    {
        lock (lines) lines.AppendLine(line);

        const string Announcement = "Now listening on: ";
        if (line?.IndexOf(Announcement, StringComparison.Ordinal) is not (>= 0 and var at)) return;

        // In JSON a quotation mark ends it; in development, the line.
        _listening.TrySetResult(new Uri(line[(at + Announcement.Length)..].Split('"')[0]));
    }

    private async Task<Uri> NeverListenedAsync()
    {
        await EndAsync();
        throw new InvalidOperationException($"It ended with {ExitCode}: {Errors} {Output}");
    }
}

using System.Data.Common;
using System.Globalization;
using EventHookDetector.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventHookDetector.Tests.Support;

/// <summary>
/// A database for one test, on the engine that TEST_STORAGE names: Sqlite, unless it says PostgreSql. Several detectors may
/// share it.
/// </summary>
internal sealed class TestStorage : IDisposable
{
    private static readonly Lazy<string> PostgreSqlTemplate = new(CreatePostgreSqlTemplate);
    private static readonly Lazy<string> SqliteTemplate = new(CreateSqliteTemplate);
    private static int _count;

    private readonly DirectoryInfo? _folder;
    private readonly string? _name;

    private TestStorage(DirectoryInfo folder)
    {
        _folder = folder;
        Settings = SettingsFor("Sqlite", $"Data Source={FileIn(folder)}");
    }

    private TestStorage(string server, string name)
    {
        _name = name;
        Settings = SettingsFor("PostgreSql", Of(server, name));
    }

    public static bool IsPostgreSql { get; } =
        string.Equals(Environment.GetEnvironmentVariable("TEST_STORAGE"), "PostgreSql", StringComparison.OrdinalIgnoreCase);

    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>What the server calls it.</summary>
    public string Name => _name ?? throw new InvalidOperationException("A file has no server.");

    public string ConnectionString => Settings["Storage:ConnectionString"];

    public static TestStorage Create()
    {
        if (!IsPostgreSql) return CreateSqlite();

        var name = NewName();
        Execute(PostgreSqlServer.Shared.Value, $"CREATE DATABASE {name} TEMPLATE {PostgreSqlTemplate.Value}");
        return new(PostgreSqlServer.Shared.Value, name);
    }

    /// <summary>On SQLite, whatever TEST_STORAGE says.</summary>
    public static TestStorage CreateSqlite()
    {
        var folder = Directory.CreateTempSubdirectory("detector-");
        File.Copy(SqliteTemplate.Value, FileIn(folder));
        return new(folder);
    }

    /// <summary>Without any tables yet.</summary>
    public static TestStorage CreateEmpty()
    {
        if (!IsPostgreSql) return new(Directory.CreateTempSubdirectory("detector-"));

        var name = NewName();
        Execute(PostgreSqlServer.Shared.Value, $"CREATE DATABASE {name}");
        return new(PostgreSqlServer.Shared.Value, name);
    }

    /// <summary>Runs it behind the detector's back.</summary>
    public void Execute(string sql)
    {
        if (_name is not null)
        {
            Execute(ConnectionString, sql);
            return;
        }

        using var connection = new SqliteConnection($"{ConnectionString};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first value that it reads behind the detector's back.</summary>
    public T Read<T>(string sql)
    {
        using DbConnection connection = _name is not null ? new NpgsqlConnection($"{ConnectionString};Pooling=false") : new SqliteConnection($"{ConnectionString};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }

    public void Dispose()
    {
        if (_name is not null)
        {
            Execute(PostgreSqlServer.Shared.Value, $"DROP DATABASE {_name} WITH (FORCE)");
            return;
        }

        SqliteConnection.ClearAllPools();
        if (_folder!.Exists) _folder.Delete(recursive: true);   // A test that failed while its folder was moved away must show its own failure.
    }

    public static string Of(string server, string database) =>
        new NpgsqlConnectionStringBuilder(server) { Database = database, MaxPoolSize = 20 }.ToString();

    public static void Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static string NewName() => string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}");

    private static Dictionary<string, string> SettingsFor(string provider, string connectionString) =>
        new(StringComparer.Ordinal) { ["Storage:Provider"] = provider, ["Storage:ConnectionString"] = connectionString };

    private static string FileIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "detector.db");

    // A migration takes a second. A copy of a migrated database takes a few milliseconds.
    private static string CreatePostgreSqlTemplate()
    {
        var name = NewName();
        Execute(PostgreSqlServer.Shared.Value, $"CREATE DATABASE {name}");
        MigrateAsync(SettingsFor("PostgreSql", Of(PostgreSqlServer.Shared.Value, name))).GetAwaiter().GetResult();
        return name;
    }

    private static string CreateSqliteTemplate()
    {
        var folder = Directory.CreateTempSubdirectory("detector-template-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        MigrateAsync(SettingsFor("Sqlite", $"Data Source={FileIn(folder)}")).GetAwaiter().GetResult();
        return FileIn(folder);
    }

    private static async Task MigrateAsync(Dictionary<string, string> settings)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))).Build())
            .AddSingleton(TimeProvider.System)
            .AddStorage()
            .BuildServiceProvider();
        await services.GetServices<IHostedService>().OfType<Migrations>().Single().StartingAsync(CancellationToken.None);
    }
}

using System.Security.Cryptography;
using EventHookDetector.Hosting;
using Npgsql;

namespace EventHookDetector.Storage;

/// <summary>The demands on a server that no single statement would notice in time.</summary>
internal static class PostgreSqlServerCheck
{
    /// <summary>The oldest major version that still gets fixes, and that the migrations are written for.</summary>
    private const int OldestVersion = 14;

    private const string Setting = "eventhookdetector.session";
    private const string ForbiddenInStatementMode = "08P01";

    /// <exception cref="StartFaultException">The server would lose or refuse log events.</exception>
    public static async Task DemandUsableAsync(NpgsqlConnection connection, NpgsqlConnection other, CancellationToken cancellationToken)
    {
        var server = $"Storage:ConnectionString names PostgreSQL at {connection.Host}:{connection.Port}";
        if (connection.PostgreSqlVersion.Major < OldestVersion)
            throw new StartFaultException($"{server}, which is version {connection.PostgreSqlVersion}. Version {OldestVersion} or later is needed");

        var encoding = (string)await AskAsync(connection, "SELECT current_setting('server_encoding')", cancellationToken);
        if (encoding != "UTF8")
            throw new StartFaultException($"{server}, where the encoding of the database {connection.Database} is {encoding}. It must be UTF8, or names in other scripts cannot be stored: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");

        if (!await KeepsSessionAsync(connection, other, cancellationToken)) throw new StartFaultException($"{server}, which stands behind {PostgreSqlFaults.Pooler}");
    }

    /// <summary>The settings of the server that may lose a commit in a crash. The detector cannot change them.</summary>
    public static async Task<IReadOnlyList<string>> FindWarningsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var names = (string)await AskAsync(
            connection,
            "SELECT COALESCE(string_agg(name, ' and ' ORDER BY name), '') FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'",
            cancellationToken);
        return names.Length == 0 ? [] : [$"PostgreSQL runs with {names} switched off: a crash of its machine may lose deliveries that Okta was told were taken. Switch that on in postgresql.conf"];
    }

    /// <summary>
    /// Whether a connection meets the same backend in each statement. A pooler gives a backend away after each transaction, and then another
    /// connection meets it: this one, while its transaction holds it, or the first one, which has to take another.
    /// </summary>
    private static async Task<bool> KeepsSessionAsync(NpgsqlConnection connection, NpgsqlConnection other, CancellationToken cancellationToken)
    {
        try
        {
            var mark = RandomNumberGenerator.GetHexString(16);
            var backend = await AskAsync(connection, $"SELECT pg_backend_pid() FROM set_config('{Setting}', '{mark}', false)", cancellationToken);
            await using var transaction = await other.BeginTransactionAsync(cancellationToken);
            var otherBackend = await AskAsync(other, "SELECT pg_backend_pid()", cancellationToken);
            if (backend.Equals(otherBackend)) return false;

            var again = await AskAsync(connection, "SELECT pg_backend_pid()", cancellationToken);
            var kept = await AskAsync(connection, $"SELECT COALESCE(current_setting('{Setting}', true), '')", cancellationToken);
            return backend.Equals(again) && mark.Equals(kept);
        }
        catch (PostgresException fault) when (fault.SqlState == ForbiddenInStatementMode)
        {
            return false;
        }
    }

    private static async Task<object> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

using System.Net.Sockets;
using EventHookDetector.Hosting;
using Npgsql;

namespace EventHookDetector.Storage;

/// <summary>Names cause and cure of an error of PostgreSQL or its driver.</summary>
internal static class PostgreSqlFaults
{
    private const string DuplicateStatement = "42P05", UnknownStatement = "26000", ReadOnlyTransaction = "25006";

    /// <summary>The rest of a sentence about a server that connections do not reach directly.</summary>
    public const string Pooler =
        "a pooler (such as PgBouncer) that gives each transaction or statement another session. Set pool_mode = session there, or connect to the server itself";

    /// <summary>True if the session has lost its settings or statements: a pooler has exchanged it.</summary>
    public static bool IsLostSession(Exception fault) =>
        fault.CauseOf<PostgresException>() is { SqlState: DuplicateStatement or UnknownStatement or ReadOnlyTransaction };

    /// <returns>A sentence that begins with the key to edit; null if the fault is not about PostgreSQL.</returns>
    public static string? Explain(Exception fault, string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var server = $"Storage:ConnectionString names PostgreSQL at {settings.Host}:{settings.Port}";
        if (IsLostSession(fault)) return $"{server}, which is read-only, or stands behind {Pooler}";
        if (fault.CauseOf<PostgresException>() is { } answer)
            return $"{server}, which answers {answer.SqlState}: {StartUp.OneLine(answer.MessageText)} {Cure(answer) ?? "Look into its log"}";
        if (fault.CauseOf<SocketException>() is { } socket)
            return $"{server}, which cannot be reached ({socket.SocketErrorCode}). Start it, or correct Host and Port; then start the detector again";

        return fault switch
        {
            NpgsqlException or TimeoutException => $"{server}, which cannot be used: {StartUp.OneLine((fault.InnerException is TimeoutException ? fault.InnerException : fault).Message)} Start it, or correct the setting; then start the detector again",
            InvalidOperationException half when half.Message.StartsWith("Only a part", StringComparison.Ordinal) => $"{server}. {half.Message.TrimEnd('.')}",
            _ => null,
        };
    }

    /// <returns>A sentence without its stop; null if the error has no cure of its own.</returns>
    public static string? Cure(PostgresException fault) => fault.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => "Check user and password in the connection string",
        PostgresErrorCodes.InvalidCatalogName => "As the administrator of the server: CREATE DATABASE, with that user as its OWNER",
        PostgresErrorCodes.InsufficientPrivilege => "Make the user the owner of the database",
        PostgresErrorCodes.UniqueViolation => "Another program has written to the database meanwhile. Stop it, make the database anew, and begin again",
        PostgresErrorCodes.LockNotAvailable => "Another program uses the database. Stop it and call this again; it goes on where it was",
        PostgresErrorCodes.DiskFull => "Free space there and call this again; it goes on where it was",
        PostgresErrorCodes.CannotConnectNow => "Wait until the server has started, and start the detector again",
        PostgresErrorCodes.TooManyConnections => "Raise max_connections there, or stop what holds its connections",
        PostgresErrorCodes.DuplicateTable => "The database holds tables of another program. Use a database of its own",
        _ => null,
    };
}

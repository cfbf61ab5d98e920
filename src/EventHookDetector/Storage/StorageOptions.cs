using FluentValidation;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace EventHookDetector.Storage;

/// <summary>Where alerts, notifications and the quarantine are kept.</summary>
internal sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>The database engine. Default: Sqlite, one file beside one process; PostgreSql is for several replicas.</summary>
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;

    /// <summary>
    /// The engine's connection string. A secret, for it may hold a password. Default: <c>Data Source=data/detector.db</c>, a file
    /// below the working directory, whose folder is made if it is missing. Of PostgreSQL it names host, database and user.
    /// </summary>
    public string ConnectionString { get; set; } = "Data Source=data/detector.db";

    /// <summary>
    /// How long a delivery may wait for its commit before Okta is answered 503. Okta itself waits three seconds, and tries
    /// once more after a 503 as after silence, so a clear answer in time costs nothing. Default: two seconds.
    /// </summary>
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many connections write at the same time. Default: one. SQLite takes no other number.
    /// </summary>
    public int? Writers { get; set; }

    internal sealed class Validator : AbstractValidator<StorageOptions>
    {
        public Validator()
        {
            RuleFor(o => o.ConnectionString)
                .Must(BeAConnectionStringOfAServer)
                .When(o => o.Provider == StorageProvider.PostgreSql)
                .WithMessage("must be a connection string of PostgreSQL with a host, a database and a user in it, such as Host=db;Database=detector;Username=detector;Password=…");

            RuleFor(o => o.ConnectionString)
                .Custom((text, context) =>
                {
                    if (PostgreSqlDatabase.FindFault(text) is { } fault) context.AddFailure($"is refused by the driver of PostgreSQL: {fault} Correct it");
                })
                .When(o => o.Provider == StorageProvider.PostgreSql && BeAConnectionStringOfAServer(o.ConnectionString));

            RuleFor(o => o.Writers)
                .InclusiveBetween(1, 16)
                .WithMessage("must lie between 1 and 16")
                .Must((options, writers) => options.Provider != StorageProvider.Sqlite || writers is null or 1)
                .WithMessage("must be 1, or be left out, for SQLite can write only once at a time");

            RuleFor(o => o.ConnectionString)
                .Must(BeAConnectionStringOfAFile)
                .When(o => o.Provider == StorageProvider.Sqlite)
                .WithMessage("must be a connection string of SQLite with a file in it that can be written, such as Data Source=data/detector.db, and without a password, for SQLite encrypts nothing");

            RuleFor(o => o.CommitTimeout)
                .InclusiveBetween(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2.5))
                .WithMessage("must lie between 00:00:00.1 and 00:00:02.5, for Okta waits three seconds");
        }

        private static bool BeAConnectionStringOfAServer(string text)
        {
            try
            {
                return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0, Database.Length: > 0, Username.Length: > 0 };
            }
            catch (ArgumentException)
            {
                return false;
            }
        }

        private static bool BeAConnectionStringOfAFile(string text)
        {
            try
            {
                // A file: address can hide mode=memory, and a shared cache has its readers refused while somebody writes.
                var read = new SqliteConnectionStringBuilder(text);
                return read is { DataSource.Length: > 0, Mode: SqliteOpenMode.ReadWriteCreate or SqliteOpenMode.ReadWrite, Cache: not SqliteCacheMode.Shared, Password: "" }
                    && !read.DataSource.Contains(":memory:", StringComparison.OrdinalIgnoreCase)
                    && !read.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
            }
            catch (ArgumentException)
            {
                return false;
            }
        }
    }
}

/// <summary>The database engines.</summary>
internal enum StorageProvider
{
    /// <summary>One file, one process.</summary>
    Sqlite,

    /// <summary>A server for any number of replicas.</summary>
    PostgreSql,
}

using EventHookDetector.Storage;

namespace EventHookDetector.Tests.Storage;

public sealed class StorageOptionsTests
{
    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=detector.db;Mode=Memory")]
    [InlineData("Data Source=file:detector.db?mode=memory")]
    [InlineData("Data Source=detector.db;Mode=ReadOnly")]
    [InlineData("Data Source=detector.db;Cache=Shared")]
    [InlineData("")]
    [InlineData("detector.db")]
    public void A_database_that_keeps_nothing_is_refused_at_the_start(string connectionString) => Assert.False(IsValid(connectionString));

    [Theory]
    [InlineData("Data Source=data/detector.db")]
    [InlineData("Filename=/var/lib/detector/detector.db;Mode=ReadWriteCreate")]
    public void A_file_is_taken(string connectionString) => Assert.True(IsValid(connectionString));

    [Theory]
    [InlineData("Host=db;Database=detector;Username=detector;Password=secret")]
    [InlineData("Server=10.0.0.1,10.0.0.2;Port=5433;Database=detector;User Id=detector;SSL Mode=VerifyFull")]
    public void A_server_is_taken(string connectionString) => Assert.True(IsValid(connectionString, StorageProvider.PostgreSql));

    [Theory]
    [InlineData("Data Source=data/detector.db")]
    [InlineData("Host=db;Username=detector")]
    [InlineData("Database=detector;Username=detector")]
    [InlineData("Host=db;Database=detector")]
    [InlineData("Host=db;Database=detector;Username=detector;Pasword=secret")]
    [InlineData("postgres://detector:secret@db/detector")]
    [InlineData("")]
    public void What_names_no_server_is_refused_without_being_repeated(string connectionString)
    {
        var options = new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = connectionString };

        var fault = Assert.Single(new StorageOptions.Validator().Validate(options).Errors);

        Assert.DoesNotContain("secret", fault.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("Host=db;Database=detector", fault.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sqlite", 1, true)]
    [InlineData("Sqlite", 2, false)]
    [InlineData("PostgreSql", 16, true)]
    [InlineData("PostgreSql", 0, false)]
    [InlineData("PostgreSql", 17, false)]
    public void Writers_are_as_many_as_the_engine_takes(string engine, int writers, bool isValid)
    {
        var provider = Enum.Parse<StorageProvider>(engine);
        var connectionString = provider == StorageProvider.Sqlite ? "Data Source=detector.db" : "Host=db;Database=detector;Username=detector";

        Assert.Equal(isValid, new StorageOptions.Validator().Validate(
            new StorageOptions { Provider = provider, ConnectionString = connectionString, Writers = writers }).IsValid);
    }

    private static bool IsValid(string connectionString, StorageProvider provider = StorageProvider.Sqlite) =>
        new StorageOptions.Validator().Validate(new StorageOptions { Provider = provider, ConnectionString = connectionString }).IsValid;
}

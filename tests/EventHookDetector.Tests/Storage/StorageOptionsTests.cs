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

    private static bool IsValid(string connectionString) =>
        new StorageOptions.Validator().Validate(new StorageOptions { ConnectionString = connectionString }).IsValid;
}

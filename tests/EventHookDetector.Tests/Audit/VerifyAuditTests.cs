using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventHookDetector.Tests.Support;

namespace EventHookDetector.Tests.Audit;

/// <summary>Somebody who may write the database changes the audit by hand; verify-audit is asked.</summary>
public sealed class VerifyAuditTests : IAsyncDisposable
{
    private readonly DetectorApp _detector = new();

    private TestStorage Storage => _detector.Storage;

    [Fact]
    public async Task An_audit_that_nobody_has_touched_holds()
    {
        await _detector.NoteAsync(5);
        await _detector.PostAsOperatorAsync($"/api/alerts/{Assert.Single(await _detector.AlertsAsync())["id"]}/acknowledge");

        var (exitCode, said) = await Storage.VerifyAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("The chain holds.\nRows that hold: 5, the last at 2026-11-24 09:20:04Z\n", said, StringComparison.Ordinal);
        Assert.Contains($"Head: {await _detector.HeadAsync()}", said, StringComparison.Ordinal);
        Assert.Contains("Not sealed yet, and so not verified: 1", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_one_holds_too()
    {
        _ = _detector.Http;

        Assert.Equal(0, (await Storage.VerifyAsync()).ExitCode);
    }

    [Theory]
    [InlineData("who = 'somebody else'")]
    [InlineData("act = 'alert.acknowledged'")]
    [InlineData("subject = '019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01'")]
    [InlineData("details = '{\"note\":\"Nothing.\"}'")]
    [InlineData("details = NULL")]
    [InlineData("id = '019ab3f0-8f3e-7c51-9d53-0d8a8a3f6c01'")]
    [InlineData("at = (SELECT MIN(at) FROM audit_entries)")]
    [InlineData("hash = 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'")]
    [InlineData("details_digest = 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'")]
    public Task A_row_that_was_altered_is_found(string change) =>
        FindsAsync($"UPDATE audit_entries SET {change} WHERE number = 3", "Altered at number 3");

    [Theory]
    [Trait("Engine", "Sqlite")]
    [InlineData("UPDATE audit_entries SET at = 'x' WHERE number = 5", "The row of number 5 (")]
    [InlineData("UPDATE audit_entries SET at = 'x' WHERE number = 1", "The row of number 1 (")]
    [InlineData("UPDATE audit_entries SET number = 'abc' WHERE number = 5", "The row of number abc (")]
    [InlineData("UPDATE audit_entries SET number = 5.5 WHERE number = 5", "The row of number 5.5 (")]
    [InlineData("UPDATE audit_head SET number = 'abc'", "The row of audit_head")]
    public Task A_row_that_cannot_be_read_is_named(string tampering, string row) => FindsAsync(tampering, row);

    [Fact]
    public Task A_row_that_was_removed_is_found() => FindsAsync("DELETE FROM audit_entries WHERE number = 3", "Removed at number 3");

    [Fact]
    public Task The_first_row_is_missed_too() => FindsAsync("DELETE FROM audit_entries WHERE number = 1", "Removed at number 1");

    [Fact]
    public Task The_newest_rows_are_missed_too() => FindsAsync("DELETE FROM audit_entries WHERE number > 3", "Cut off behind number 3: audit_head says that there were 5 rows");

    [Fact]
    public Task A_row_that_was_taken_out_of_the_chain_is_missed() => FindsAsync("UPDATE audit_entries SET number = NULL WHERE number = 3", "Removed at number 3");

    [Fact]
    public Task Two_rows_that_were_swapped_are_found() => FindsAsync(
        "UPDATE audit_entries SET number = -2 WHERE number = 2; UPDATE audit_entries SET number = 2 WHERE number = 4; UPDATE audit_entries SET number = 4 WHERE number = -2",
        "Reordered at number 2");

    [Fact]
    public Task Two_rows_that_were_swapped_but_for_their_hashes_are_found() => FindsAsync(
        """
        CREATE TABLE swapped AS SELECT * FROM audit_entries;
        UPDATE audit_entries SET (id, at, details, details_salt, details_digest, who_salt, who_digest) =
            (SELECT id || 'x', at, details, details_salt, details_digest, who_salt, who_digest FROM swapped WHERE number = 6 - audit_entries.number) WHERE number IN (2, 4);
        UPDATE audit_entries SET id = REPLACE(id, 'x', '') WHERE number IN (2, 4);
        DROP TABLE swapped
        """,
        "Reordered at number 2");

    [Fact]
    public Task A_row_that_was_added_is_found() => FindsAsync(
        $"INSERT INTO audit_entries (id, at, who, act, subject, number, hash, who_digest, details_digest) SELECT 'x', at, NULL, act, subject, 6, '{SomeHash}', '', '' FROM audit_entries WHERE number = 5",
        "Altered at number 6");

    [Fact]
    public async Task A_chain_that_was_cut_off_with_its_head_set_back_is_found_by_a_head_that_was_noted()
    {
        await _detector.NoteAsync(5);
        var noted = await _detector.HeadAsync();
        Storage.TamperWith("UPDATE audit_head SET number = 3, hash = (SELECT hash FROM audit_entries WHERE number = 3); DELETE FROM audit_entries WHERE number > 3");

        Assert.Equal(0, (await Storage.VerifyAsync()).ExitCode);   // nothing in the database itself can tell
        var (exitCode, said) = await Storage.VerifyAsync("--head", noted);

        Assert.Equal(1, exitCode);
        Assert.Contains("the head that was noted is not in it", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_was_noted_stays_in_the_chain()
    {
        await _detector.NoteAsync(2);
        var noted = await _detector.HeadAsync();
        await _detector.PostAsOperatorAsync($"/api/alerts/{Assert.Single(await _detector.AlertsAsync())["id"]}/acknowledge");
        await _detector.SealAuditAsync();

        var (exitCode, said) = await Storage.VerifyAsync("--head", noted.ToUpperInvariant());

        Assert.Equal(0, exitCode);
        Assert.Contains("The head that was noted is number 2", said, StringComparison.Ordinal);
        Assert.Contains("Rows that hold: 3", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_of_a_person_may_be_taken_away_with_its_salt_and_the_chain_holds()
    {
        await _detector.NoteAsync(5);
        Storage.Execute("UPDATE audit_entries SET details = NULL, details_salt = NULL WHERE number = 3");
        Storage.Execute("UPDATE audit_entries SET who = NULL, who_salt = NULL WHERE number = 4");

        var (exitCode, said) = await Storage.VerifyAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("Text of a person was taken away from: 2", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Note 3", await _detector.ExportAuditAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await _detector.AuditAsync()).Count(row => (bool)row["blanked"]!));
    }

    [Theory]
    [InlineData("DELETE FROM audit_entries WHERE number = 3")]
    [InlineData("UPDATE audit_entries SET act = 'alert.acknowledged' WHERE number = 3")]
    [InlineData("UPDATE audit_entries SET who = 'somebody else' WHERE number = 3")]
    [InlineData("UPDATE audit_entries SET number = NULL WHERE number = 3")]
    [InlineData("UPDATE audit_entries SET details = 'null' WHERE number = 3")]
    [InlineData("UPDATE audit_head SET number = 2")]
    public async Task Without_taking_the_triggers_away_nothing_can_be_changed(string sql)
    {
        await _detector.NoteAsync(3);

        var fault = Assert.ThrowsAny<System.Data.Common.DbException>(() => Storage.Execute(sql));

        Assert.Contains("append-only", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await Storage.VerifyAsync()).ExitCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Altered at number 3")]
    [InlineData("Removed at number 3")]
    [InlineData("Reordered at number 3")]
    public async Task An_export_is_verified_without_a_database(string fault)
    {
        await _detector.NoteAsync(5);
        var lines = (await _detector.ExportAuditAsync()).TrimEnd().Split('\n').ToList();
        if (fault.StartsWith("Altered", StringComparison.Ordinal)) lines[2] = lines[2].Replace("Note 3", "Note 4", StringComparison.Ordinal);
        if (fault.StartsWith("Removed", StringComparison.Ordinal)) lines.RemoveAt(2);
        if (fault.StartsWith("Reordered", StringComparison.Ordinal)) (lines[2], lines[3]) = (lines[3], lines[2]);

        var (exitCode, said) = await VerifyExportAsync(string.Join('\n', lines));

        Assert.Equal(fault.Length == 0 ? 0 : 1, exitCode);
        Assert.Contains(fault.Length == 0 ? $"Head: {await _detector.HeadAsync()}" : fault, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_that_is_cut_off_in_a_line_is_not_taken_for_one()
    {
        await _detector.NoteAsync(2);
        var (exitCode, said) = await VerifyExportAsync((await _detector.ExportAuditAsync())[..^40]);

        Assert.Equal(2, exitCode);
        Assert.Contains("Line 2", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hashes_can_be_computed_by_what_Swagger_says_about_them()
    {
        await _detector.NoteAsync(3);
        static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var previous = new string('0', 64);

        foreach (var row in (await _detector.ExportAuditAsync()).TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!))
        {
            var at = ((DateTimeOffset)row["at"]!).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(Sha256($"{row["detailsSalt"]}\n{row["details"]}"), (string?)row["detailsDigest"]);
            Assert.Equal(Sha256($"{row["whoSalt"]}\n{row["who"]}"), (string?)row["whoDigest"]);
            previous = Sha256($"{previous}\n{row["number"]}\n{row["id"]}\n{at}Z\n{row["act"]}\n{row["subject"]}\n{row["whoDigest"]}\n{row["detailsDigest"]}");
            Assert.Equal(previous, (string?)row["hash"]);
        }

        Assert.Equal(await _detector.HeadAsync(), previous);
    }

    [Theory]
    [InlineData("--head")]
    [InlineData("--head", "not-a-hash")]
    [InlineData("--export", "there-is-no-such-file")]
    [InlineData("something")]
    public async Task What_it_cannot_do_it_says(params string[] words)
    {
        var (exitCode, said) = await Storage.VerifyAsync(words);

        Assert.Equal(2, exitCode);
        Assert.NotEmpty(said.Trim());
    }

    public async ValueTask DisposeAsync() => await _detector.DisposeAsync();

    private static string SomeHash => new('a', 64);

    private async Task FindsAsync(string tampering, string fault)
    {
        await _detector.NoteAsync(5);
        Storage.TamperWith(tampering);

        var (exitCode, said) = await Storage.VerifyAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains(fault, said, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Said)> VerifyExportAsync(string export)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, export, TestContext.Current.CancellationToken);
        var verdict = await Storage.VerifyAsync("--export", file);
        File.Delete(file);
        return verdict;
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using EventHookDetector.Hosting;

namespace EventHookDetector.Audit;

/// <summary>The chain as JSON lines: whoever has them needs no database to see that it holds.</summary>
internal static class AuditExport
{
    public const string ContentType = "application/x-ndjson";

    private const int BufferSize = 64 * 1024;

    public static async Task WriteAsync(IAsyncEnumerable<AuditEntry> chain, Stream to, CancellationToken cancellationToken)
    {
        var lines = new ArrayBufferWriter<byte>(BufferSize);
        await foreach (var entry in chain.WithCancellation(cancellationToken))
        {
            lines.Write(JsonSerializer.SerializeToUtf8Bytes(entry, ApiJson.Options));
            lines.Write("\n"u8);
            if (lines.WrittenCount < BufferSize) continue;

            await to.WriteAsync(lines.WrittenMemory, cancellationToken);
            lines.ResetWrittenCount();
        }

        await to.WriteAsync(lines.WrittenMemory, cancellationToken);
    }

    /// <exception cref="InvalidDataException">A line is none that was written here.</exception>
    public static async IAsyncEnumerable<AuditEntry> ReadAsync(Stream from, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(from);
        for (var line = 1; await reader.ReadLineAsync(cancellationToken) is { } text; line++)
        {
            if (text.Length > 0) yield return Read(text, line);
        }
    }

    private static AuditEntry Read(string text, int line)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditEntry>(text, ApiJson.Options) ?? throw new JsonException();
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"Line {line} is no row of an export of GET /api/audit/export, or was cut off.", fault);
        }
    }
}

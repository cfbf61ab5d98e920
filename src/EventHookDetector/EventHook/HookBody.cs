using System.Buffers;
using System.IO.Pipelines;
using System.Numerics;
using Microsoft.AspNetCore.Http.Features;

namespace EventHookDetector.EventHook;

/// <summary>The body of a POST in one piece of memory: reading it in one piece is several times faster than in segments.</summary>
/// <remarks>Its memory follows what has arrived. An announced length costs nothing.</remarks>
internal sealed class HookBody : IDisposable
{
    private const int FirstPiece = 16 * 1024;

    // The pool would keep larger arrays for later; those are rare.
    private const int LargestOfPool = 1024 * 1024;

    private readonly BodyBudget _budget;
    private byte[] _buffer = [];
    private int _length;

    private HookBody(BodyBudget budget) => _budget = budget;

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>The status code that refuses it: 413 if it is longer than allowed, 503 if there is no memory for it now; otherwise null.</summary>
    public int? Refusal { get; private set; }

    public static async Task<HookBody> ReadAsync(HttpContext context, BodyBudget budget, int maxBytes, CancellationToken cancellationToken)
    {
        // We count ourselves, so that what is too long is told apart from what breaks off.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var body = new HookBody(budget);
        try
        {
            body.Refusal = await body.ReadAsync(context.Request.BodyReader, context.Request.ContentLength, maxBytes, cancellationToken);
            if (body.Refusal is null) return body;

            body.Dispose();
            if (body.Refusal == StatusCodes.Status413PayloadTooLarge) await SkipAsync(context.Request.BodyReader, maxBytes, cancellationToken);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Its bytes for someone who may still read them after it was disposed.</summary>
    /// <remarks>Only an array of the pool is copied: the pool would hand it to another body.</remarks>
    public byte[] ToKeep() => _buffer.Length > LargestOfPool && _buffer.Length == _length ? _buffer : Bytes.ToArray();

    public void Dispose()
    {
        Return(_buffer);
        (_buffer, _length) = ([], 0);
    }

    private async Task<int?> ReadAsync(PipeReader reader, long? announced, int maxBytes, CancellationToken cancellationToken)
    {
        if (announced > maxBytes) return StatusCodes.Status413PayloadTooLarge;

        var most = (int)(announced ?? maxBytes);
        if (!TryGrow(Math.Min(most, announced is null ? FirstPiece : BodyBudget.Free))) return StatusCodes.Status503ServiceUnavailable;

        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var piece = read.Buffer;
            var refusal = Take(piece, maxBytes, most);
            reader.AdvanceTo(piece.End);
            if (refusal is not null || read.IsCompleted) return refusal;
        }
    }

    private int? Take(ReadOnlySequence<byte> piece, int maxBytes, int most)
    {
        if (_length + piece.Length > maxBytes) return StatusCodes.Status413PayloadTooLarge;

        var needed = _length + (int)piece.Length;
        if (needed > _buffer.Length && !TryGrow(Math.Max(needed, (int)Math.Min(2L * _buffer.Length, most)))) return StatusCodes.Status503ServiceUnavailable;

        piece.CopyTo(_buffer.AsSpan(_length));
        _length = needed;
        return null;
    }

    private bool TryGrow(int bytes)
    {
        // The pool rounds up to a power of two.
        if (bytes is > BodyBudget.Free and <= LargestOfPool) bytes = (int)BitOperations.RoundUpToPowerOf2((uint)bytes);
        if (!_budget.TryTake(bytes)) return false;

        var larger = bytes <= LargestOfPool ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
        return true;
    }

    private void Return(byte[] buffer)
    {
        _budget.Return(buffer.Length);
        if (buffer.Length is > 0 and <= LargestOfPool) ArrayPool<byte>.Shared.Return(buffer);
    }

    // A sender that is still sending may see a broken connection in place of the answer.
    private static async Task SkipAsync(PipeReader body, long atMost, CancellationToken cancellationToken)
    {
        for (long skipped = 0; skipped < atMost;)
        {
            var read = await body.ReadAsync(cancellationToken);
            skipped += read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}

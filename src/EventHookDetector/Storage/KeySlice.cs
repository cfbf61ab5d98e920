using System.Buffers.Binary;

namespace EventHookDetector.Storage;

/// <summary>
/// A share of all keys that are as good as random. Such keys say nothing about time, and an index of the time would cost each insert;
/// but whoever looks at one slice after the other sees all of them, a few at a time.
/// </summary>
/// <param name="From">The first key that is in it.</param>
/// <param name="To">The first key that is not.</param>
internal sealed record KeySlice(byte[] From, byte[] To)
{
    // Longer than any key, and so above all of them.
    private static readonly byte[] End = [.. Enumerable.Repeat(byte.MaxValue, 17)];

    /// <summary>The slice whose turn it is, when the keys are cut into <paramref name="count"/> of them.</summary>
    public static KeySlice Of(long turn, int count) => new(Start(turn % count, count), Start((turn % count) + 1, count));

    private static byte[] Start(long number, int count)
    {
        if (number == count) return End;

        var start = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(start, (uint)((number << 32) / count));
        return start;
    }
}

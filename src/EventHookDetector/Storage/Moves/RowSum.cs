using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Storage.Moves;

/// <summary>
/// A checksum of rows in any order: the hashes of all rows, added up. The order does not count, because the engines need not sort alike,
/// and what is added up can be put down and taken up again.
/// </summary>
internal sealed class RowSum(long rows = 0, UInt128 sum = default) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private UInt128 _sum = sum;

    public long Rows { get; private set; } = rows;

    public string Text => _sum.ToString("x32", CultureInfo.InvariantCulture);

    public static RowSum Parse(long rows, string text) => new(rows, UInt128.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    public void Add(object?[] values)
    {
        foreach (var value in values) Append(value);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(hash);
        _sum = unchecked(_sum + BinaryPrimitives.ReadUInt128LittleEndian(hash));
        Rows++;
    }

    public bool Agrees(RowSum other) => Rows == other.Rows && _sum == other._sum;

    public void Dispose() => _hash.Dispose();

    private void Append(object? value)
    {
        switch (value)
        {
            case null: Append('0', []); break;
            case long number: Append('n', number); break;
            case bool flag: Append('f', flag ? 1 : 0); break;
            case DateTimeOffset time: Append('t', ColumnValue.ToMicroseconds(time)); break;
            case string text: Append('s', Encoding.UTF8.GetBytes(text)); break;
            case byte[] bytes: Append('b', bytes); break;
            default: throw new NotSupportedException($"No column holds a {value.GetType().Name}.");
        }
    }

    private void Append(char kind, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        Append(kind, bytes);
    }

    // With its length before it, for "ab", "c" is not "a", "bc".
    private void Append(char kind, ReadOnlySpan<byte> bytes)
    {
        Span<byte> head = stackalloc byte[1 + sizeof(int)];
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], bytes.Length);
        _hash.AppendData(head);
        _hash.AppendData(bytes);
    }
}

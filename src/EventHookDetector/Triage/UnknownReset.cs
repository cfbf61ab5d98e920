using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace EventHookDetector.Triage;

/// <summary>A reset with unknown actor, target, token and place, from an address that cannot be foreseen.</summary>
/// <param name="Address">Null if Okta did not state it.</param>
/// <param name="Missing">The part that Okta did not state; null if it stated all of them.</param>
/// <param name="IsEmpty">Okta stated nothing at all.</param>
internal sealed record UnknownReset(byte[]? Address, NarrowPart? Missing, bool IsEmpty)
{
    /// <summary>Number of addresses that stand for all of a family.</summary>
    public const int AddressesOfAFamily = 64;

    private const int BitsOfStratum = 6;

    // Public IPv6 addresses begin with these three bits: 2000::/3.
    private const byte PublicV6 = 0b0010_0000;
    private const int BitsOfPublicV6 = 3;

    private static readonly NarrowPart[] Parts = [NarrowPart.Actor, NarrowPart.Target, NarrowPart.Token, NarrowPart.Place, NarrowPart.Session];

    /// <summary>Okta states of each what it usually does; of some, one part is missing.</summary>
    public static IEnumerable<IReadOnlyList<UnknownReset>> Groups()
    {
        var (v4, v6) = (Family(V4), Family(V6));
        foreach (var missing in Parts.Cast<NarrowPart?>().Append(null))
        {
            yield return [.. v4.Select(address => new UnknownReset(address, missing, IsEmpty: false))];
            yield return [.. v6.Select(address => new UnknownReset(address, missing, IsEmpty: false))];
        }

        yield return [new(Address: null, NarrowPart.Address, IsEmpty: false)];
        yield return [new(Address: null, Missing: null, IsEmpty: true)];
    }

    public bool Has(NarrowPart part) => !IsEmpty && part != Missing && (part != NarrowPart.Address || Address is not null);

    // Spread evenly over the whole family, so that a large network holds many of them. Where each lies exactly is left to chance:
    // otherwise a condition could leave out just these.
    private static byte[][] Family(Func<int, byte[]> one) =>
        [.. Enumerable.Range(0, AddressesOfAFamily).Select(stratum => Encoding.UTF8.GetBytes(new IPAddress(one(stratum)).ToString()))];

    private static byte[] V4(int stratum)
    {
        var address = new byte[4];
        var random = (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(address, ((uint)stratum << (32 - BitsOfStratum)) | (random >> (BitsOfStratum - 1)));
        return address;
    }

    private static byte[] V6(int stratum)
    {
        var address = RandomNumberGenerator.GetBytes(16);
        var first = (ushort)((PublicV6 << 8) | (stratum << (16 - BitsOfPublicV6 - BitsOfStratum)) | (address[0] & 0x7f));
        BinaryPrimitives.WriteUInt16BigEndian(address, first);
        return address;
    }
}

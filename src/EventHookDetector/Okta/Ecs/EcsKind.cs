using System.Buffers;
using System.Text;

namespace EventHookDetector.Okta.Ecs;

/// <summary>What a field holds. What is of another kind is dropped, as an index would refuse it.</summary>
internal enum EcsKind
{
    /// <summary>Any text, number or boolean, compared as it is.</summary>
    Keyword,

    /// <summary>An IPv4 or IPv6 address.</summary>
    Ip,

    /// <summary>A moment, ISO-8601.</summary>
    Date,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A number, compared by its value.</summary>
    Number,

    /// <summary>An address for mail: a login may be something else.</summary>
    Email,
}

internal static class EcsKinds
{
    private const int LongestDate = 64;

    private static readonly SearchValues<byte> NotInEmail = SearchValues.Create(" \t\r\n<>,;"u8);

    public static bool Admits(this EcsKind kind, ReadOnlySpan<byte> utf8) => kind switch
    {
        EcsKind.Ip => IpAddressText.Read(utf8) is not null,
        EcsKind.Date => Moment(utf8) is not null,
        EcsKind.Email => IsEmail(utf8),
        _ => true,
    };

    public static DateTimeOffset? Moment(ReadOnlySpan<byte> utf8)
    {
        Span<char> text = stackalloc char[LongestDate];
        return utf8.Length <= LongestDate && Encoding.UTF8.TryGetChars(utf8, text, out var length)
            ? OktaTime.Read(text[..length])
            : null;
    }

    private static bool IsEmail(ReadOnlySpan<byte> utf8)
    {
        var at = utf8.IndexOf((byte)'@');
        return at > 0 && at == utf8.LastIndexOf((byte)'@') && at < utf8.Length - 1 && !utf8.ContainsAny(NotInEmail);
    }
}

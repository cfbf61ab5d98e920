using System.Data;
using System.Text;
using Dapper;
using Npgsql;

namespace EventHookDetector.Storage;

/// <summary>
/// How values look in a column. SQLite has no type for time, so there a time is the number of microseconds since 1970 (UTC): it
/// sorts, it indexes, and it holds every digit that Okta sends. PostgreSQL has one, timestamptz, of the same precision.
/// </summary>
internal static class ColumnValue
{
    public static void Set(IDbDataParameter parameter, object? value) => parameter.Value = value switch
    {
        null => DBNull.Value,
        DateTimeOffset time => parameter is NpgsqlParameter ? time.ToUniversalTime() : ToMicroseconds(time),
        TimeSpan span => parameter is NpgsqlParameter ? span : (long)span.TotalMicroseconds,
        string text => Text(text),
        _ => value,
    };

    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>PostgreSQL takes neither NUL nor half a surrogate pair. What is text to one engine is to be the same text to the other.</summary>
    public static string Text(string text) => text.Contains('\0') || HasHalfAPair(text)
        ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD')
        : text;

    /// <summary>Teaches Dapper, which is static and process-wide, to read and write them so.</summary>
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        foreach (var type in (Type[])[typeof(DateTimeOffset), typeof(DateTimeOffset?), typeof(TimeSpan), typeof(string)]) SqlMapper.RemoveTypeMap(type);
        SqlMapper.AddTypeHandler(new TimeHandler());
        SqlMapper.AddTypeHandler(new SpanHandler());
        SqlMapper.AddTypeHandler(new TextHandler());
    }

    private static bool HasHalfAPair(string text)
    {
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;

            i++;
        }

        return false;
    }

    private sealed class SpanHandler : SqlMapper.TypeHandler<TimeSpan>
    {
        public override TimeSpan Parse(object value) => throw new NotSupportedException("No column holds a span of time.");

        public override void SetValue(IDbDataParameter parameter, TimeSpan value) => Set(parameter, value);
    }

    private sealed class TextHandler : SqlMapper.TypeHandler<string>
    {
        public override string? Parse(object value) => value as string;

        public override void SetValue(IDbDataParameter parameter, string? value) => Set(parameter, value);
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => Set(parameter, value);

        public override DateTimeOffset Parse(object value) => value is long microseconds ? ToTime(microseconds) : new(DateTime.SpecifyKind((DateTime)value, DateTimeKind.Utc));
    }
}

using System.Data;
using Dapper;

namespace EventHookDetector.Storage;

/// <summary>
/// How values look in a column. SQLite has no type for time, so a time is the number of microseconds since 1970 (UTC): it
/// sorts, it indexes, and it holds every digit that Okta sends.
/// </summary>
internal static class ColumnValue
{
    public static object From(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset time => ToMicroseconds(time),
        _ => value,
    };

    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset ToTime(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>Teaches Dapper, which is static and process-wide, to read and write times so.</summary>
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(new TimeHandler());
    }

    private sealed class TimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => ToTime((long)value);

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = ToMicroseconds(value);
    }
}

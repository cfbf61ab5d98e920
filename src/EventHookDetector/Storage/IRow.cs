using System.Data.Common;

namespace EventHookDetector.Storage;

/// <summary>A row of an answer, its columns counted from 0.</summary>
internal interface IRow
{
    bool IsDBNull(int column);

    bool GetBoolean(int column);

    int GetInt32(int column);

    long GetInt64(int column);

    string GetString(int column);
}

/// <summary>The row at which a reader stands.</summary>
internal sealed class RowOfReader(DbDataReader reader) : IRow
{
    public bool IsDBNull(int column) => reader.IsDBNull(column);

    public bool GetBoolean(int column) => reader.GetBoolean(column);

    public int GetInt32(int column) => reader.GetInt32(column);

    public long GetInt64(int column) => reader.GetInt64(column);

    public string GetString(int column) => reader.GetString(column);
}

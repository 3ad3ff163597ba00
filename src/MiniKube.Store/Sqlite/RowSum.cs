using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MiniKube.Store.Sqlite;

/// <summary>CRC-32C over everything a row says: SQLite would not notice a flipped bit inside a value.</summary>
internal static class RowSum
{
    public static uint Of(long revision, int kind, long created, long prior, ReadOnlySpan<byte> collection, ReadOnlySpan<byte> ns,
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var sum = BitOperations.Crc32C(uint.MaxValue, (ulong)revision);
        sum = BitOperations.Crc32C(sum, (ulong)created);
        sum = BitOperations.Crc32C(sum, (ulong)prior);
        sum = BitOperations.Crc32C(sum, (uint)kind);
        sum = Add(sum, collection);
        sum = Add(sum, ns);
        sum = Add(sum, name);
        return ~Add(sum, value);
    }

    private static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        sum = BitOperations.Crc32C(sum, (uint)bytes.Length);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) sum = BitOperations.Crc32C(sum, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var rest in bytes[(words.Length * 8)..]) sum = BitOperations.Crc32C(sum, rest);
        return sum;
    }
}

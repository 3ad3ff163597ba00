using System.Buffers.Binary;
using System.Net;

namespace MiniKube.Network;

/// <summary>A range of IPv4 addresses.</summary>
public readonly record struct Ipv4Range(uint First, int Prefix)
{
    public uint Size => Prefix == 0 ? uint.MaxValue : 1u << (32 - Prefix);

    public static Ipv4Range Parse(string text)
    {
        var parts = text.Split('/');
        var prefix = int.Parse(parts[1]);
        var mask = prefix == 0 ? 0 : uint.MaxValue << (32 - prefix);
        return new(Number(IPAddress.Parse(parts[0])) & mask, prefix);
    }

    public IPAddress At(uint index) => Address(First + index);

    public bool Contains(IPAddress address) => Number(address) - First < Size;

    public static uint Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public static IPAddress Address(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new(bytes);
    }

    public override string ToString() => $"{Address(First)}/{Prefix}";
}

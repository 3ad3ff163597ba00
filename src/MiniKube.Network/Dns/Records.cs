using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace MiniKube.Network.Dns;

/// <summary>Makes records; in-cluster ones live five seconds.</summary>
internal static class Records
{
    public const uint Ttl = 5;

    public static Record Address(string name, IPAddress address) =>
        new(name, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? RecordType.AAAA : RecordType.A, Ttl, address.GetAddressBytes());

    public static Record Service(string name, string target, int port, int weight)
    {
        var data = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(2), (ushort)weight);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(4), (ushort)port);
        return new(name, RecordType.SRV, Ttl, [.. data, .. DnsMessage.Name(target)]);
    }

    public static Record Pointer(string name, string target) => new(name, RecordType.PTR, Ttl, DnsMessage.Name(target));

    public static Record Alias(string name, string target) => new(name, RecordType.CNAME, Ttl, DnsMessage.Name(target));

    public static Record Text(string name, string text) => new(name, RecordType.TXT, Ttl, [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]);

    public static Record Start(string zone)
    {
        var numbers = new byte[20];
        foreach (var (i, value) in ((uint[])[1, 7200, 1800, 86400, Ttl]).Index()) BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(i * 4), value);
        return new(zone, RecordType.SOA, Ttl, [.. DnsMessage.Name($"ns.dns.{zone}"), .. DnsMessage.Name($"hostmaster.{zone}"), .. numbers]);
    }
}

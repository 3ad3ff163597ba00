using System.Buffers.Binary;
using System.Text;

namespace MiniKube.Network.Dns;

public enum RecordType : ushort
{
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    PTR = 12,
    TXT = 16,
    AAAA = 28,
    SRV = 33,
    OPT = 41,
    Any = 255,
}

public enum ResponseCode
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,
}

/// <summary>A question as it came, names in lower case without the last dot.</summary>
public sealed record Question(ushort Id, string Name, RecordType Type, ushort Class, bool RecursionDesired, int PayloadSize, byte[] RawName)
{
    public bool HasOpt => PayloadSize > 0;
}

/// <summary>One record of an answer; Data is its wire form, names in it never compressed.</summary>
public sealed record Record(string Name, RecordType Type, uint Ttl, byte[] Data);

public sealed record Answer(ResponseCode Code, IReadOnlyList<Record> Answers)
{
    public IReadOnlyList<Record> Authority { get; init; } = [];
    public IReadOnlyList<Record> Additional { get; init; } = [];

    public static readonly Answer NoName = new(ResponseCode.NameError, []);
    public static readonly Answer NoData = new(ResponseCode.NoError, []);
}

/// <summary>DNS on the wire: reading what clients ask, writing what they get. What is malformed is null, never an exception.</summary>
public static class DnsMessage
{
    private const int HeaderSize = 12;
    private const int LongestName = 255;

    public static Question? Read(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < HeaderSize + 5) return null;
        var flags = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        // An answer, or something else than a plain query with one question.
        if ((flags & 0x8000) != 0 || (flags & 0x7800) != 0 || BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) != 1) return null;
        var at = HeaderSize;
        if (ReadName(packet, ref at) is not { } name || at + 4 > packet.Length) return null;
        var raw = packet[HeaderSize..at].ToArray();
        var type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
        var @class = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
        at += 4;
        var payload = 0;
        var extra = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) + BinaryPrimitives.ReadUInt16BigEndian(packet[8..]) + BinaryPrimitives.ReadUInt16BigEndian(packet[10..]);
        for (var i = 0; i < extra && at < packet.Length; i++)
        {
            if (ReadName(packet, ref at) is null || at + 10 > packet.Length) return null;
            if ((RecordType)BinaryPrimitives.ReadUInt16BigEndian(packet[at..]) == RecordType.OPT) payload = Math.Max(512, (int)BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]));
            at += 10 + BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 8)..]);
        }
        return new(BinaryPrimitives.ReadUInt16BigEndian(packet), name, type, @class, (flags & 0x0100) != 0, payload, raw);
    }

    /// <summary>A name at a position, pointers followed backwards only: so it ends.</summary>
    public static string? ReadName(ReadOnlySpan<byte> packet, ref int at)
    {
        var text = new StringBuilder();
        var position = at;
        var jumped = false;
        var limit = at;
        while (true)
        {
            if (position >= packet.Length) return null;
            var length = packet[position];
            if ((length & 0xC0) == 0xC0)
            {
                if (position + 1 >= packet.Length) return null;
                var target = (length & 0x3F) << 8 | packet[position + 1];
                if (!jumped) at = position + 2;
                jumped = true;
                if (target >= limit) return null;
                position = limit = target;
                continue;
            }
            if ((length & 0xC0) != 0) return null;
            position++;
            if (length == 0) break;
            if (position + length > packet.Length || text.Length + length + 1 > LongestName) return null;
            if (text.Length > 0) text.Append('.');
            foreach (var b in packet.Slice(position, length)) text.Append((char)(b is >= (byte)'A' and <= (byte)'Z' ? b + 32 : b));
            position += length;
        }
        if (!jumped) at = position;
        return text.ToString();
    }

    /// <summary>The answer within a size; when it doesn't fit, the truncated flag asks the client to come by TCP.</summary>
    public static byte[] Write(Question question, Answer answer, int most, bool authoritative = true)
    {
        var body = new List<byte>(512);
        var truncated = false;
        var counts = (Answers: 0, Authority: 0, Additional: 0);
        var fixedSize = HeaderSize + question.RawName.Length + 4 + (question.HasOpt ? 11 : 0);

        bool Add(Record record)
        {
            var name = record.Name == question.Name ? (byte[])[0xC0, HeaderSize] : Name(record.Name);
            var size = name.Length + 10 + record.Data.Length;
            if (fixedSize + body.Count + size > most) return false;
            body.AddRange(name);
            Add16(body, (ushort)record.Type);
            Add16(body, 1);
            Add16(body, (ushort)(record.Ttl >> 16));
            Add16(body, (ushort)record.Ttl);
            Add16(body, (ushort)record.Data.Length);
            body.AddRange(record.Data);
            return true;
        }

        foreach (var record in answer.Answers)
        {
            if (!Add(record))
            {
                truncated = true;
                break;
            }
            counts.Answers++;
        }
        if (!truncated) foreach (var record in answer.Authority) if (Add(record)) counts.Authority++;
        if (!truncated) foreach (var record in answer.Additional) if (Add(record)) counts.Additional++;

        var packet = new List<byte>(fixedSize + body.Count);
        Add16(packet, question.Id);
        Add16(packet, (ushort)(0x8000 | (authoritative ? 0x0400 : 0) | (truncated ? 0x0200 : 0) | (question.RecursionDesired ? 0x0100 : 0) | 0x0080 | (int)answer.Code));
        Add16(packet, 1);
        Add16(packet, (ushort)counts.Answers);
        Add16(packet, (ushort)counts.Authority);
        Add16(packet, (ushort)(counts.Additional + (question.HasOpt ? 1 : 0)));
        packet.AddRange(question.RawName);
        Add16(packet, (ushort)question.Type);
        Add16(packet, question.Class);
        packet.AddRange(body);
        if (question.HasOpt)
        {
            packet.Add(0);
            Add16(packet, (ushort)RecordType.OPT);
            Add16(packet, 1232);
            packet.AddRange([0, 0, 0, 0, 0, 0]);
        }
        return [.. packet];
    }

    public static byte[] Name(string name)
    {
        if (name.Length == 0) return [0];
        var bytes = new List<byte>(name.Length + 2);
        foreach (var label in name.Split('.'))
        {
            bytes.Add((byte)label.Length);
            foreach (var c in label) bytes.Add((byte)c);
        }
        bytes.Add(0);
        return [.. bytes];
    }

    private static void Add16(List<byte> target, ushort value)
    {
        target.Add((byte)(value >> 8));
        target.Add((byte)value);
    }
}

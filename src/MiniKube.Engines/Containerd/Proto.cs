using System.Buffers;
using System.Collections;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Engines.Containerd;

/// <summary>A protobuf message in the making: numbered fields, in the order given. What is empty is left out, as proto3 has it.</summary>
internal sealed class Proto : IEnumerable
{
    private const int Text = 2;

    private readonly ArrayBufferWriter<byte> bytes = new();

    public ReadOnlyMemory<byte> Bytes => bytes.WrittenMemory;

    public void Add(int field, string? value)
    {
        if (value is { Length: > 0 }) Add(field, Encoding.UTF8.GetBytes(value));
    }

    public void Add(int field, long value)
    {
        if (value == 0) return;
        Varint((ulong)field << 3);
        Varint((ulong)value);
    }

    public void Add(int field, bool value) => Add(field, value ? 1 : 0);

    /// <summary>A message that is there counts even if it is empty.</summary>
    public void Add(int field, Proto? value)
    {
        if (value is null) return;
        Head(field, value.bytes.WrittenCount);
        bytes.Write(value.bytes.WrittenSpan);
    }

    public void Add(int field, ReadOnlyMemory<byte> value)
    {
        if (value.IsEmpty) return;
        Head(field, value.Length);
        bytes.Write(value.Span);
    }

    public void Add(int field, IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            var text = Encoding.UTF8.GetBytes(value);
            Head(field, text.Length);
            bytes.Write(text);
        }
    }

    public void Add(int field, IEnumerable<Proto> values)
    {
        foreach (var value in values) Add(field, value);
    }

    public void Add(int field, IEnumerable<long> values)
    {
        foreach (var value in values)
        {
            Varint((ulong)field << 3);
            Varint((ulong)value);
        }
    }

    public void Add(int field, IReadOnlyDictionary<string, string> values)
    {
        foreach (var (key, value) in values) Add(field, new Proto { { 1, key }, { 2, value } });
    }

    IEnumerator IEnumerable.GetEnumerator() => WirePart.All(Bytes).GetEnumerator();

    private void Head(int field, int length)
    {
        Varint((ulong)field << 3 | Text);
        Varint((ulong)length);
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            bytes.Write([(byte)(value | 0x80)]);
            value >>= 7;
        }
        bytes.Write([(byte)value]);
    }
}

/// <summary>A protobuf message as it was received; fields that aren't there are empty.</summary>
internal sealed class ProtoMessage(ReadOnlyMemory<byte> message)
{
    public static readonly ProtoMessage Empty = new(default);

    private readonly WirePart[] parts = [.. WirePart.All(message)];

    public bool Has(int field) => Array.Exists(parts, p => p.Number == field);

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public long Whole(int field) => Array.FindLast(parts, p => p.Number == field).Varint;

    /// <summary>All numbers of a field, one by one or packed together.</summary>
    public IReadOnlyList<long> Wholes(int field) => [.. parts.Where(p => p.Number == field).SelectMany(p => p.Bytes.IsEmpty ? [p.Varint] : WirePart.Packed(p.Bytes))];

    public bool Flag(int field) => Whole(field) != 0;

    public ReadOnlyMemory<byte> Bytes(int field) => Array.FindLast(parts, p => p.Number == field).Bytes;

    public ProtoMessage Message(int field) => Has(field) ? new(Bytes(field)) : Empty;

    public IEnumerable<ProtoMessage> Messages(int field) => parts.Where(p => p.Number == field).Select(p => new ProtoMessage(p.Bytes));

    public IEnumerable<string> Texts(int field) => parts.Where(p => p.Number == field).Select(p => Encoding.UTF8.GetString(p.Bytes.Span));

    public Dictionary<string, string> Map(int field) => Messages(field).ToDictionary(e => e.Text(1), e => e.Text(2));
}

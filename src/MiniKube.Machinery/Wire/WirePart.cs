using System.Buffers.Binary;

namespace MiniKube.Machinery;

/// <summary>One numbered part of a protobuf message: a number, or bytes that may be text or a message.</summary>
public readonly record struct WirePart(int Number, long Varint, ReadOnlyMemory<byte> Bytes)
{
    /// <exception cref="FormatException">The bytes are no message.</exception>
    public static IEnumerable<WirePart> All(ReadOnlyMemory<byte> message)
    {
        var at = 0;
        while (at < message.Length)
        {
            var tag = Next(message.Span, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    yield return new(number, Next(message.Span, ref at), default);
                    break;
                case 1:
                    yield return new(number, BinaryPrimitives.ReadInt64LittleEndian(Take(message, ref at, 8).Span), default);
                    break;
                case 2:
                    var length = Next(message.Span, ref at);
                    yield return new(number, 0, Take(message, ref at, length));
                    break;
                case 5:
                    yield return new(number, BinaryPrimitives.ReadInt32LittleEndian(Take(message, ref at, 4).Span), default);
                    break;
                default:
                    throw new FormatException($"unknown wire type {tag & 7}");
            }
        }
    }

    /// <summary>The numbers of a field that has them packed together.</summary>
    public static IEnumerable<long> Packed(ReadOnlyMemory<byte> numbers)
    {
        var at = 0;
        while (at < numbers.Length) yield return Next(numbers.Span, ref at);
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> message, ref int at, long length)
    {
        if (length < 0 || length > message.Length - at) throw new FormatException("message ends too early");
        var taken = message.Slice(at, (int)length);
        at += (int)length;
        return taken;
    }

    private static long Next(ReadOnlySpan<byte> message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (at >= message.Length) throw new FormatException("message ends too early");
            var next = message[at++];
            if (shift < 64) value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return (long)value;
        }
        throw new FormatException("number is too long");
    }
}

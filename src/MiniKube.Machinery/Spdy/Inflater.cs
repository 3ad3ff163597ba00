namespace MiniKube.Machinery.Spdy;

/// <summary>
/// Deflate with a window that lives on from one header block to the next and begins with a dictionary, which the platform's own
/// decompressor can't do. Every block of headers ends on a byte, flushed; so its bytes are all there is to read.
/// </summary>
public sealed class Inflater
{
    private const int WindowSize = 32768;
    private const int MostOutput = 256 * 1024;

    private static readonly ushort[] LengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] LengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly ushort[] DistanceBase = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
    private static readonly byte[] DistanceExtra = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
    private static readonly byte[] LengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly Huffman FixedLiterals = new([.. Enumerable.Repeat((byte)8, 144), .. Enumerable.Repeat((byte)9, 112), .. Enumerable.Repeat((byte)7, 24), .. Enumerable.Repeat((byte)8, 8)]);
    private static readonly Huffman FixedDistances = new([.. Enumerable.Repeat((byte)5, 30)]);

    private readonly byte[] window = new byte[WindowSize];
    private int head;
    private byte[] input = [];
    private int at;
    private uint bits;
    private int bitCount;
    private List<byte> output = [];

    public Inflater(ReadOnlySpan<byte> dictionary)
    {
        foreach (var b in dictionary) Keep(b);
    }

    /// <exception cref="InvalidDataException">That is not deflate, or far too much of it.</exception>
    public byte[] Inflate(byte[] block)
    {
        (input, at, bits, bitCount, output) = (block, 0, 0, 0, []);
        while (at < input.Length)
        {
            var final = Bits(1) == 1;
            switch (Bits(2))
            {
                case 0:
                    Stored();
                    break;
                case 1:
                    Coded(FixedLiterals, FixedDistances);
                    break;
                case 2:
                    var (literals, distances) = Tables();
                    Coded(literals, distances);
                    break;
                default:
                    throw new InvalidDataException("a block of no known kind");
            }
            if (final) break;
        }
        return [.. output];
    }

    private void Stored()
    {
        bits = 0;
        bitCount = 0;
        if (at + 4 > input.Length) throw new InvalidDataException("a stored block is cut off");
        var length = input[at] | input[at + 1] << 8;
        at += 4;
        if (at + length > input.Length) throw new InvalidDataException("a stored block is cut off");
        for (var i = 0; i < length; i++) Emit(input[at++]);
    }

    private void Coded(Huffman literals, Huffman distances)
    {
        while (true)
        {
            var symbol = Symbol(literals);
            if (symbol < 256)
            {
                Emit((byte)symbol);
                continue;
            }
            if (symbol == 256) return;
            if (symbol > 285) throw new InvalidDataException("a length of no known kind");
            var length = LengthBase[symbol - 257] + (int)Bits(LengthExtra[symbol - 257]);
            var far = Symbol(distances);
            if (far > 29) throw new InvalidDataException("a distance of no known kind");
            var distance = DistanceBase[far] + (int)Bits(DistanceExtra[far]);
            for (var i = 0; i < length; i++) Emit(window[(head - distance) & (WindowSize - 1)]);
        }
    }

    private (Huffman Literals, Huffman Distances) Tables()
    {
        var (literals, distances, codes) = ((int)Bits(5) + 257, (int)Bits(5) + 1, (int)Bits(4) + 4);
        var lengths = new byte[19];
        for (var i = 0; i < codes; i++) lengths[LengthOrder[i]] = (byte)Bits(3);
        var coding = new Huffman(lengths);
        var all = new byte[literals + distances];
        for (var i = 0; i < all.Length;)
        {
            var symbol = Symbol(coding);
            if (symbol < 16)
            {
                all[i++] = (byte)symbol;
                continue;
            }
            var (value, times) = symbol switch
            {
                16 when i > 0 => (all[i - 1], 3 + (int)Bits(2)),
                17 => ((byte)0, 3 + (int)Bits(3)),
                18 => ((byte)0, 11 + (int)Bits(7)),
                _ => throw new InvalidDataException("a repetition of nothing"),
            };
            while (times-- > 0 && i < all.Length) all[i++] = value;
        }
        return (new(all[..literals]), new(all[literals..]));
    }

    private int Symbol(Huffman table)
    {
        var (code, first, index) = (0, 0, 0);
        for (var length = 1; length <= 15; length++)
        {
            code |= (int)Bits(1);
            var count = table.Counts[length];
            // Tables that promise more codes than there are lead past their symbols.
            if (code - count < first) return index + (code - first) is >= 0 and var place && place < table.Symbols.Length ? table.Symbols[place] : throw new InvalidDataException("a code of no symbol");
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        throw new InvalidDataException("a code of no symbol");
    }

    private uint Bits(int count)
    {
        while (bitCount < count)
        {
            if (at == input.Length) throw new InvalidDataException("the block is cut off");
            bits |= (uint)input[at++] << bitCount;
            bitCount += 8;
        }
        var value = bits & ((1u << count) - 1);
        bits >>= count;
        bitCount -= count;
        return value;
    }

    private void Emit(byte b)
    {
        if (output.Count == MostOutput) throw new InvalidDataException("the headers are too large");
        output.Add(b);
        Keep(b);
    }

    private void Keep(byte b)
    {
        window[head] = b;
        head = (head + 1) & (WindowSize - 1);
    }

    /// <summary>Canonical codes: how many of each length, and the symbols in their order.</summary>
    private sealed class Huffman
    {
        public Huffman(byte[] lengths)
        {
            foreach (var length in lengths) Counts[length]++;
            Counts[0] = 0;
            var next = new int[17];
            for (var i = 1; i < 16; i++) next[i + 1] = next[i] + Counts[i];
            Symbols = new int[lengths.Length];
            for (var symbol = 0; symbol < lengths.Length; symbol++)
                if (lengths[symbol] != 0) Symbols[next[lengths[symbol]]++] = symbol;
        }

        public int[] Counts { get; } = new int[16];
        public int[] Symbols { get; }
    }
}

using System.Buffers;
using System.Buffers.Binary;

namespace MiniKube.Store.Memory;

/// <summary>
/// Bytes with their repetitions left out: runs of literals, each followed by a copy of what came up to 64 KB before, as LZ4's blocks
/// are laid out. A kilobyte unpacks in about a microsecond.
/// </summary>
internal sealed class Packed
{
    public const int Smallest = 512;

    private const int ShortestCopy = 4;
    private const int Farthest = ushort.MaxValue;
    private const int SlotBits = 12;

    // What comes before every value: copies reach into it as if it had been written first.
    private static readonly byte[] Known =
        """
        ,"f:status":{"f:conditions":{".":{},"k:{\"type\":\"Ready\"}":{".":{},"f:lastProbeTime":{},"f:lastTransitionTime":{},"f:message":{},"f:reason":{},"f:status":{},"f:type":{}}}
        "subresource":"status"},"f:spec":{"f:template":{"f:containers":{"k:{\"name\":\"":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{}
        ,"conditions":[{"type":"Available","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"","message":""}],"observedGeneration":1
        ,"type":"Opaque"},"rules":[{"apiGroups":[""],"resources":[""],"verbs":["get","list","watch","create","update","patch","delete"]}]
        ,"spec":{"replicas":1,"selector":{"matchLabels":{"app":"app.kubernetes.io/name":"app.kubernetes.io/instance":"app.kubernetes.io/managed-by":"Helm"}},"status":{}}
        ,"finalizers":["kubernetes.io/"],"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"","uid":"","controller":true,"blockOwnerDeletion":true}]
        {"kind":"Secret","apiVersion":"v1","metadata":{"name":"","generateName":"","namespace":"kube-system","labels":{"annotations":{"generation":1,"deletionTimestamp":"
        ","managedFields":[{"manager":"kubectl-create","operation":"Apply","manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1","time":"2026-
        ,"fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:kubectl.kubernetes.io/last-applied-configuration":{}},"f:labels":{".":{},"f:app":{}}
        {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"","namespace":"default","uid":"","resourceVersion":"","creationTimestamp":"2026-01-01T00:00:00Z"
        ,"managedFields":[{"manager":"unknown","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:
        """u8.ToArray();

    private static readonly int[] SeenInKnown = Seen();

    private readonly byte[] bytes;

    private Packed(byte[] bytes, int size) => (this.bytes, Size) = (bytes, size);

    /// <summary>How many bytes they are unpacked.</summary>
    public int Size { get; }

    /// <summary>How many bytes they are now.</summary>
    public int Length => bytes.Length;

    /// <summary>Null where less than a quarter would be saved.</summary>
    public static Packed? Of(ReadOnlySpan<byte> plain)
    {
        if (plain.Length < Smallest) return null;
        var all = ArrayPool<byte>.Shared.Rent(Known.Length + plain.Length);
        var room = ArrayPool<byte>.Shared.Rent(plain.Length / 4 * 3);
        try
        {
            Known.CopyTo(all, 0);
            plain.CopyTo(all.AsSpan(Known.Length));
            var length = Pack(all.AsSpan(0, Known.Length + plain.Length), room.AsSpan(0, plain.Length / 4 * 3));
            return length == 0 ? null : new(room[..length], plain.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(all);
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    public byte[] Unpack()
    {
        var plain = GC.AllocateUninitializedArray<byte>(Size);
        var (from, to) = (0, 0);
        while (true)
        {
            var token = bytes[from++];
            var literals = Count(token >> 4, ref from);
            bytes.AsSpan(from, literals).CopyTo(plain.AsSpan(to));
            from += literals;
            to += literals;
            if (from == bytes.Length) return plain;
            var distance = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(from));
            from += 2;
            var length = Count(token & 15, ref from) + ShortestCopy;
            // A copy may reach into what it is itself writing: what is there already is repeated, twice as much each time.
            var (start, end) = (to - distance, to + length);
            if (start < 0)
            {
                var known = Known.AsSpan(Known.Length + start);
                if (known.Length > length) known = known[..length];
                known.CopyTo(plain.AsSpan(to));
                to += known.Length;
                start = 0;
            }

            while (to < end)
            {
                var some = Math.Min(end - to, to - start);
                plain.AsSpan(start, some).CopyTo(plain.AsSpan(to));
                to += some;
            }
        }
    }

    private int Count(int nibble, ref int from)
    {
        if (nibble < 15) return nibble;
        byte more;
        do
        {
            more = bytes[from++];
            nibble += more;
        }
        while (more == 255);
        return nibble;
    }

    // Where four bytes of a hash were seen last, plus one.
    private static int[] Seen()
    {
        var seen = new int[1 << SlotBits];
        for (var at = 0; at + ShortestCopy <= Known.Length; at++) seen[Slot(BinaryPrimitives.ReadUInt32LittleEndian(Known.AsSpan(at)))] = at + 1;
        return seen;
    }

    private static int Slot(uint four) => (int)((four * 2654435761u) >> (32 - SlotBits));

    /// <summary>Packs what comes after the known; the length packed, 0 where the room doesn't suffice.</summary>
    private static int Pack(ReadOnlySpan<byte> plain, Span<byte> room)
    {
        Span<int> seen = stackalloc int[1 << SlotBits];
        SeenInKnown.CopyTo(seen);
        var (at, told, length) = (Known.Length, Known.Length, 0);
        while (at + ShortestCopy <= plain.Length)
        {
            var four = BinaryPrimitives.ReadUInt32LittleEndian(plain[at..]);
            ref var slot = ref seen[Slot(four)];
            var before = slot - 1;
            slot = at + 1;
            if (before < 0 || at - before > Farthest || BinaryPrimitives.ReadUInt32LittleEndian(plain[before..]) != four)
            {
                at++;
                continue;
            }

            var same = ShortestCopy + plain[(at + ShortestCopy)..].CommonPrefixLength(plain[(before + ShortestCopy)..]);
            if (!Append(room, ref length, plain[told..at], at - before, same)) return 0;
            at += same;
            told = at;
        }

        return Append(room, ref length, plain[told..], 0, ShortestCopy) ? length : 0;
    }

    private static bool Append(Span<byte> room, ref int length, ReadOnlySpan<byte> literals, int distance, int copied)
    {
        copied -= ShortestCopy;
        if (length + literals.Length + literals.Length / 255 + copied / 255 + 5 > room.Length) return false;
        room[length++] = (byte)(Math.Min(literals.Length, 15) << 4 | Math.Min(copied, 15));
        Rest(room, ref length, literals.Length);
        literals.CopyTo(room[length..]);
        length += literals.Length;
        if (distance == 0) return true;
        BinaryPrimitives.WriteUInt16LittleEndian(room[length..], (ushort)distance);
        length += 2;
        Rest(room, ref length, copied);
        return true;
    }

    private static void Rest(Span<byte> room, ref int length, int count)
    {
        if (count < 15) return;
        for (count -= 15; count >= 255; count -= 255) room[length++] = 255;
        room[length++] = (byte)count;
    }
}

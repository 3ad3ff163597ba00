using System.Buffers.Binary;

namespace MiniKube.Engines.Native;

/// <summary>The smallest file that Linux runs as a program.</summary>
internal static class Elf
{
    public const ushort X64 = 62;
    public const ushort Arm64 = 183;

    private const ulong Base = 0x400000;
    private const int HeaderBytes = 64 + 56;

    /// <summary>Code that may read and run itself, begun at its first byte.</summary>
    public static byte[] File(ushort machine, ReadOnlySpan<byte> code)
    {
        var file = new byte[HeaderBytes + code.Length];
        ReadOnlySpan<byte> identification = [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identification.CopyTo(file);
        Write16(16, 2);                                 // executable
        Write16(18, machine);
        Write32(20, 1);
        Write64(24, Base + HeaderBytes);                // entry
        Write64(32, 64);                                // program headers
        Write16(52, 64);
        Write16(54, 56);
        Write16(56, 1);
        Write16(58, 64);
        Write32(64, 1);                                 // load
        Write32(68, 5);                                 // read, execute
        Write64(80, Base);
        Write64(88, Base);
        Write64(96, (ulong)file.Length);
        Write64(104, (ulong)file.Length);
        Write64(112, 0x1000);
        code.CopyTo(file.AsSpan(HeaderBytes));
        return file;

        void Write16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        void Write32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        void Write64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }
}

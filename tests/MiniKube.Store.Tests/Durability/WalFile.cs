using System.Buffers.Binary;

namespace MiniKube.Store.Tests.Durability;

/// <summary>Knows enough of SQLite's WAL format to lose the end of one as a disk would.</summary>
internal static class WalFile
{
    private const int HeaderBytes = 32, FrameHeaderBytes = 24;

    /// <summary>Cuts or garbles what follows the last committed transaction, at a random place: that one may have been synced and acknowledged.</summary>
    public static void LoseTail(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeaderBytes) return;
        var pageSize = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8));
        var salt = bytes.AsSpan(16, 8).ToArray();
        var (begin, end) = (HeaderBytes, HeaderBytes);
        for (var at = HeaderBytes; at + FrameHeaderBytes + pageSize <= bytes.Length; at += FrameHeaderBytes + pageSize)
        {
            // Frames of an earlier round of the file.
            if (!bytes.AsSpan(at + 8, 8).SequenceEqual(salt)) break;
            end = at + FrameHeaderBytes + pageSize;
            var commits = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at + 4)) != 0;
            if (commits) begin = end;
        }

        var from = random.Next(begin, end + 1);
        if (random.Next(2) == 0) bytes = bytes[..from];
        else random.NextBytes(bytes.AsSpan(from));
        File.WriteAllBytes(path, bytes);
    }
}

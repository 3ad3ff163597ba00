using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MiniKube.Benchmarks.Store;

/// <summary>What the disk itself takes: the yardstick for a durable write.</summary>
internal static partial class Disk
{
    [LibraryImport("libc", EntryPoint = "fdatasync")]
    private static partial int FdataSync(int file);

    /// <summary>Milliseconds for writing 4 KB into an existing file and fdatasync, sorted.</summary>
    public static double[] Sync(string directory, int times)
    {
        var path = Path.Combine(directory, "sync");
        using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.DeleteOnClose);
        file.SetLength(0);
        for (var i = 0; i < times; i++) file.Write(new byte[4096]);
        file.Flush(flushToDisk: true);
        var handle = (int)file.SafeFileHandle.DangerousGetHandle();
        var page = new byte[4096];
        var took = new double[times];
        for (var i = 0; i < times; i++)
        {
            page[0] = (byte)i;
            var start = Stopwatch.GetTimestamp();
            RandomAccess.Write(file.SafeFileHandle, page, 4096L * i);
            if (FdataSync(handle) != 0) throw new IOException("fdatasync failed");
            took[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(took);
        return took;
    }
}

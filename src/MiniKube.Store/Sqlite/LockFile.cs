using System.Globalization;
using System.Text;

namespace MiniKube.Store.Sqlite;

/// <summary>Keeps every other process out. The lock is the kernel's and ends with the process; the number in it is for the message.</summary>
internal sealed class LockFile : IDisposable
{
    private readonly FileStream file;

    private LockFile(FileStream file) => this.file = file;

    /// <summary>The lock, or who holds it (0: unknown).</summary>
    public static (LockFile? Lock, int Holder) Take(string path)
    {
        FileStream file;
        try
        {
            file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            return (null, Holder(path));
        }

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
        file.Flush();
        return (new(file), 0);
    }

    // The file stays: deleting it would let a third process lock a new one while a second waits on this.
    public void Dispose() => file.Dispose();

    private static int Holder(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return int.TryParse(reader.ReadLine(), CultureInfo.InvariantCulture, out var pid) ? pid : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

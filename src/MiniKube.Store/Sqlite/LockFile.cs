using System.Globalization;

namespace MiniKube.Store.Sqlite;

/// <summary>
/// Keeps every other process out. The lock is the kernel's and ends with the process. The process id, for the message, lies in a
/// file beside it, since .NET does not even let a locked file be read.
/// </summary>
internal sealed class LockFile : IDisposable
{
    private readonly FileStream file;
    private readonly string pidPath;

    private LockFile(FileStream file, string pidPath) => (this.file, this.pidPath) = (file, pidPath);

    /// <summary>The lock, or who holds it (0: unknown).</summary>
    public static (LockFile? Lock, int Holder) Take(string database)
    {
        var (path, pidPath) = (database + ".lock", database + ".pid");
        FileStream file;
        try
        {
            file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            return (null, Holder(pidPath));
        }

        File.WriteAllText(pidPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return (new(file, pidPath), 0);
    }

    // The lock file stays: deleting it would let a third process lock a new one while a second waits on this.
    public void Dispose()
    {
        try
        {
            File.Delete(pidPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that has turned read-only keeps it; the lock says that nobody holds it.
        }

        file.Dispose();
    }

    private static int Holder(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var pid) ? pid : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

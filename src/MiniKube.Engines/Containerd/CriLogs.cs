namespace MiniKube.Engines.Containerd;

/// <summary>The log files of containers run over the CRI: bounded as Docker's are, and gone with their container.</summary>
internal static class CriLogs
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private const long MostBytes = 10 << 20;
    private const int MostFiles = 5;

    /// <summary>True when the file was moved away and a new one is to be begun.</summary>
    public static bool Rotate(string path, long mostBytes = MostBytes)
    {
        try
        {
            if (path.Length == 0 || new FileInfo(path) is not { Exists: true } file || file.Length < mostBytes) return false;
            for (var i = MostFiles - 2; i >= 1; i--)
                if (File.Exists($"{path}.{i}")) File.Move($"{path}.{i}", $"{path}.{i + 1}", overwrite: true);
            File.Move(path, $"{path}.1", overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The files of one container, and the directories that are empty without them.</summary>
    public static void Remove(string path)
    {
        if (path.Length == 0) return;
        try
        {
            File.Delete(path);
            for (var i = 1; i < MostFiles; i++) File.Delete($"{path}.{i}");
            var container = Path.GetDirectoryName(path)!;
            foreach (var directory in (string[])[container, Path.GetDirectoryName(container)!])
                if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any()) Directory.Delete(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A new container has begun to write there.
        }
    }
}

namespace MiniKube.Kubelet.Volumes;

/// <summary>hostPath volumes: what the type promises is checked or made.</summary>
internal static class HostPaths
{
    private const int TypeBits = 0xF000;

    /// <summary>Why the path is not what was asked for, or null.</summary>
    public static string? Check(string path, string? type)
    {
        switch (type ?? "")
        {
            case "":
                return null;
            case "DirectoryOrCreate":
                if (File.Exists(path)) return Wrong(path, "directory");
                Directory.CreateDirectory(path, (UnixFileMode)0b111_101_101);
                return null;
            case "FileOrCreate":
                if (Directory.Exists(path)) return Wrong(path, "file");
                if (!Path.Exists(path)) File.Open(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = (UnixFileMode)0b110_100_100 }).Dispose();
                return null;
            case "Directory":
                return Directory.Exists(path) ? null : Wrong(path, "directory");
            case "File":
                return Kind(path) == 0x8000 ? null : Wrong(path, "file");
            case "Socket":
                return Kind(path) == 0xC000 ? null : Wrong(path, "socket file");
            case "CharDevice":
                return Kind(path) == 0x2000 ? null : Wrong(path, "character device");
            case "BlockDevice":
                return Kind(path) == 0x6000 ? null : Wrong(path, "block device");
            default:
                return $"{type} is an invalid volume type";
        }
    }

    private static string Wrong(string path, string wanted) => $"hostPath type check failed: {path} is not a {wanted}";

    private static int Kind(string path) => Path.Exists(path) ? Files.Kernel.ModeOf(path) & TypeBits : 0;
}

using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Volumes;

/// <summary>Gives everything in a volume to a group that its pod's processes are in. Links are given away, never followed.</summary>
internal static class VolumeOwnership
{
    private const UnixFileMode ForFiles = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode ForDirectories = ForFiles | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.SetGroup;

    /// <summary>With "OnRootMismatch" nothing is looked at once the volume itself is right.</summary>
    public static void Give(string path, uint group, string? policy)
    {
        if (policy == "OnRootMismatch" && Kernel.Look(path) is { } root && root.Group == group && (File.GetUnixFileMode(path) & ForDirectories) == ForDirectories) return;
        All(new DirectoryInfo(path), group);
    }

    private static void All(DirectoryInfo directory, uint group)
    {
        // The inside first: the volume itself is right only when all of it is.
        foreach (var entry in directory.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 }))
        {
            if (entry.LinkTarget is not null) Kernel.SetGroup(entry.FullName, group);
            else if (entry is DirectoryInfo below) All(below, group);
            else One(entry, group, ForFiles);
        }
        One(directory, group, ForDirectories);
    }

    private static void One(FileSystemInfo entry, uint group, UnixFileMode least)
    {
        Kernel.SetGroup(entry.FullName, group);
        File.SetUnixFileMode(entry.FullName, File.GetUnixFileMode(entry.FullName) | least);
    }
}

namespace MiniKube.Kubelet.Files;

/// <summary>Cgroups that were made on our behalf, in every controller's tree and in the unified one.</summary>
internal static class CgroupTree
{
    private const string Root = "/sys/fs/cgroup";

    public static void Remove(string path)
    {
        var below = path.TrimStart('/');
        foreach (var tree in Directory.Exists(Root) ? Directory.GetDirectories(Root).Append(Root) : [])
        {
            var directory = Path.Combine(tree, below);
            if (Directory.Exists(directory)) RemoveTree(directory);
        }
    }

    private static void RemoveTree(string directory)
    {
        try
        {
            foreach (var child in Directory.GetDirectories(directory)) RemoveTree(child);
            Kernel.RemoveDirectory(directory);
        }
        catch (IOException)
        {
            // Something still lives in it: the next sweep gets it.
        }
    }
}

using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet;

/// <summary>What a node agent leaves in the file system: mounts, directories, cgroups.</summary>
public static class NodeTraces
{
    public static void Remove(string dataDir, string cgroupRoot)
    {
        Remove(dataDir);
        CgroupTree.Remove(cgroupRoot);
    }

    /// <summary>A directory with everything that is mounted in it.</summary>
    public static void Remove(string dataDir)
    {
        if (Directory.Exists(dataDir))
        {
            foreach (var mount in MountTable.Below(dataDir).OrderByDescending(m => m.Length)) Kernel.Unmount(mount);
            if (!MountTable.Below(dataDir).Any()) Directory.Delete(dataDir, recursive: true);
        }
    }
}

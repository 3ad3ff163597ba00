using System.Diagnostics;
using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Volumes;

/// <summary>Volumes that aren't ours to make: shares of a server, drivers, clouds. What can't be had here is said in words that name it.</summary>
internal static class ForeignVolumes
{
    /// <summary>Why a kind of volume can't be there; null for kinds that can.</summary>
    public static string? Fault(Volume volume) => volume switch
    {
        { Csi: { } csi } => NoDriver(csi.Driver),
        { AwsElasticBlockStore: not null } => Cloud("awsElasticBlockStore"),
        { AzureDisk: not null } => Cloud("azureDisk"),
        { AzureFile: not null } => Cloud("azureFile"),
        { Cinder: not null } => Cloud("cinder"),
        { GcePersistentDisk: not null } => Cloud("gcePersistentDisk"),
        { VsphereVolume: not null } => Cloud("vsphereVolume"),
        { PortworxVolume: not null } => Cloud("portworxVolume"),
        { ScaleIO: not null } => Cloud("scaleIO"),
        { Storageos: not null } => Cloud("storageos"),
        { Quobyte: not null } => Cloud("quobyte"),
        { PhotonPersistentDisk: not null } => Cloud("photonPersistentDisk"),
        { Flocker: not null } => Cloud("flocker"),
        { GitRepo: not null } => "failed to get Plugin from volumeSpec: gitRepo volumes are no longer supported; clone in an init container into an emptyDir instead",
        { Cephfs: not null } => Cloud("cephfs"),
        { Rbd: not null } => Cloud("rbd"),
        { Glusterfs: not null } => Cloud("glusterfs"),
        { Fc: not null } => Missing("fc"),
        { Iscsi: not null } => Missing("iscsi"),
        { FlexVolume: { } flex } => $"failed to get Plugin from volumeSpec: flexVolume driver {flex.Driver} is not installed on this node",
        _ => null,
    };

    /// <summary>Mounts a share of an NFS server with the machine's own programs.</summary>
    public static async Task<string?> MountNfs(NFSVolumeSource nfs, string target, CancellationToken cancel)
    {
        if (MountTable.Below(Path.GetDirectoryName(target)!).Contains(target)) return null;
        Directory.CreateDirectory(target);
        var start = new ProcessStartInfo("mount") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var word in (string[])["-t", "nfs", .. nfs.ReadOnly == true ? (string[])["-o", "ro"] : [], $"{nfs.Server}:{nfs.Path}", target]) start.ArgumentList.Add(word);
        try
        {
            using var mount = Process.Start(start)!;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(TimeSpan.FromMinutes(1));
            var said = await mount.StandardError.ReadToEndAsync(patience.Token);
            await mount.WaitForExitAsync(patience.Token);
            if (mount.ExitCode == 0) return null;
            Directory.Delete(target);
            return $"mount failed: exit status {mount.ExitCode}\nMounting command: mount\nMounting arguments: {string.Join(' ', start.ArgumentList)}\nOutput: {said.Trim()}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"mount failed: {nfs.Server} did not answer within a minute";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"mount failed: {e.Message}";
        }
    }

    public static string NoDriver(string? name) => $"kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name {name} not found in the list of registered CSI drivers";

    private static string Cloud(string kind) => $"failed to get Plugin from volumeSpec: no volume plugin matched: {kind} volumes need a storage system that this cluster has no driver for";

    private static string Missing(string kind) => $"failed to get Plugin from volumeSpec: no volume plugin matched: {kind} volumes are not supported by this node";
}

using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Volumes;

/// <summary>Where each volume of a pod is on the host, or which one could not be set up and why.</summary>
internal sealed record VolumesReady(IReadOnlyDictionary<string, string> Paths, (string Volume, string Message)? Fault);

/// <summary>A claim, and where it is on this node.</summary>
internal sealed record ClaimedPlace(string Namespace, string Claim, string Path);

/// <summary>Sets up the volumes that a pod's containers mount, keeps config volumes current, and takes everything down.</summary>
internal sealed class VolumeSetup(NodeOptions node, IApi api, References references, TimeProvider time)
{
    private static readonly ResourceRef Claims = Resources.RefOf<PersistentVolumeClaim>();
    private static readonly ResourceRef PersistentVolumes = Resources.RefOf<PersistentVolume>();

    private readonly AccountTokens tokens = new(api, time);
    private readonly ConcurrentDictionary<(string PodUid, string Volume), bool> given = new();
    private readonly ConcurrentDictionary<(string PodUid, string Volume), ClaimedPlace> claimed = new();

    /// <summary>Where claims are on this node, as far as pods have them.</summary>
    public IEnumerable<ClaimedPlace> ClaimedPlaces => claimed.Values;

    public ClaimedPlace? ClaimedBy(string podUid, string volume) => claimed.GetValueOrDefault((podUid, volume));

    /// <summary>May be called as often as wanted: what is right already stays as it is.</summary>
    public async Task<VolumesReady> Prepare(Pod pod, FieldValues.Surroundings around, Action onChange, CancellationToken cancel)
    {
        var used = PodContainers(pod).SelectMany(c => (c.VolumeMounts ?? []).Select(m => m.Name)).ToHashSet();
        var paths = new Dictionary<string, string>();
        foreach (var volume in pod.Spec?.Volumes ?? [])
        {
            if (!used.Contains(volume.Name)) continue;
            try
            {
                var (path, fault) = await One(pod, volume, around, onChange, cancel);
                if (fault is not null) return new(paths, (volume.Name!, fault));
                paths[volume.Name!] = path!;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new(paths, (volume.Name!, e.Message));
            }
        }
        return new(paths, null);
    }

    public DateTimeOffset? RenewAt(string podUid) => tokens.RenewAt(podUid);

    public void TearDown(string podUid)
    {
        references.Release(podUid);
        tokens.Forget(podUid);
        foreach (var key in given.Keys.Where(k => k.PodUid == podUid)) given.TryRemove(key, out _);
        foreach (var key in claimed.Keys.Where(k => k.PodUid == podUid)) claimed.TryRemove(key, out _);
        var directory = new PodDirectory(node.DataDir, podUid).Path;
        if (!Directory.Exists(directory)) return;
        // The deepest first, and twice where something was mounted twice.
        foreach (var mount in MountTable.Below(directory).OrderByDescending(m => m.Length)) Kernel.Unmount(mount);
        if (!MountTable.Below(directory).Any()) Directory.Delete(directory, recursive: true);
    }

    private async Task<(string? Path, string? Fault)> One(Pod pod, Volume volume, FieldValues.Surroundings around, Action onChange, CancellationToken cancel)
    {
        var directory = new PodDirectory(node.DataDir, pod.Metadata.Uid!);
        var group = node.Pretended ? null : (uint?)pod.Spec?.SecurityContext?.FsGroup;
        if (volume.HostPath is { } host) return HostPaths.Check(host.Path!, host.Type) is { } fault ? (null, fault) : (host.Path, null);
        if (volume.EmptyDir is { } empty) return (EmptyDir(directory, volume.Name!, empty, group, MemoryVolume.Size(pod, empty.SizeLimit, around.Allocatable)), null);
        // Mounted when the first container wants it, whose trouble it is if the image can't be had.
        if (volume.Image is not null) return (directory.Volume("image", volume.Name!), null);
        if (volume.Nfs is { } nfs)
        {
            var share = directory.Volume("nfs", volume.Name!);
            return await ForeignVolumes.MountNfs(nfs, share, cancel) is { } failed ? (null, failed) : (share, null);
        }
        if (ForeignVolumes.Fault(volume) is { } foreign) return (null, foreign);
        if (volume.Ephemeral is not null) return await Claimed(pod, volume.Name!, new() { ClaimName = $"{pod.Metadata.Name}-{volume.Name}" }, cancel);
        if (volume.PersistentVolumeClaim is { } claim) return await Claimed(pod, volume.Name!, claim, cancel);

        var (plugin, sources, mode) = volume switch
        {
            { ConfigMap: { } m } => ("configmap", [new VolumeProjection { ConfigMap = new() { Name = m.Name, Items = m.Items, Optional = m.Optional } }], m.DefaultMode),
            { Secret: { } s } => ("secret", [new VolumeProjection { Secret = new() { Name = s.SecretName, Items = s.Items, Optional = s.Optional } }], s.DefaultMode),
            { DownwardAPI: { } d } => ("downward-api", [new VolumeProjection { DownwardAPI = new() { Items = d.Items } }], d.DefaultMode),
            { Projected: { } p } => ("projected", p.Sources ?? [], p.DefaultMode),
            _ => ((string?)null, (IReadOnlyList<VolumeProjection>)[], (int?)null),
        };
        if (plugin is null) return (null, "no volume plugin matched");
        var files = new List<VolumeFile>();
        foreach (var source in sources)
        {
            var (some, fault) = await Files(pod, volume.Name!, source, mode ?? 420, around, onChange, cancel);
            if (fault is not null) return (null, fault);
            files.AddRange(some);
        }
        var path = directory.Volume(plugin, volume.Name!);
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path);
            // Secrets never touch the disk.
            if (plugin is "secret" or "projected" && !node.Pretended) Kernel.MountTmpfs(path, 0, "mode=0755");
            if (group is { } gid) Kernel.SetOwner(path, 0, gid);
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111 | (group is null ? 0 : UnixFileMode.SetGroup));
        }
        AtomicFiles.Write(path, files, time.GetUtcNow(), group);
        return (path, null);
    }

    private async Task<(IReadOnlyList<VolumeFile> Files, string? Fault)> Files(Pod pod, string volume, VolumeProjection source, int mode, FieldValues.Surroundings around,
        Action onChange, CancellationToken cancel)
    {
        var (ns, uid) = (pod.Metadata.Namespace!, pod.Metadata.Uid!);
        if (source.ConfigMap is { } map)
            return ProjectedFiles.Of(await references.Get<ConfigMap>(ns, map.Name ?? "", uid, onChange, cancel), map.Name ?? "", ns, map.Items, map.Optional == true, mode);
        if (source.Secret is { } secret)
            return ProjectedFiles.Of(await references.Get<Secret>(ns, secret.Name ?? "", uid, onChange, cancel), secret.Name ?? "", ns, secret.Items, secret.Optional == true, mode);
        if (source.DownwardAPI is { } downward) return ProjectedFiles.Of(pod, downward.Items, mode, around);
        if (source.ServiceAccountToken is { } token)
        {
            var (content, fault) = await tokens.For(pod, volume, token, cancel);
            var (owner, least) = TokenAccess(pod, mode);
            return fault is not null ? ([], fault) : ([new VolumeFile(token.Path!, content!, least) { Owner = node.Pretended ? 0 : owner }], null);
        }
        return ([], "this kind of projection is not supported");
    }

    /// <summary>A token is for the containers' user alone where they have one in common, and for root alone where a group shares the volume.</summary>
    public static (uint Owner, int Mode) TokenAccess(Pod pod, int mode)
    {
        const int ownersOnly = 0b110_000_000;
        var users = PodContainers(pod).Select(c => c.SecurityContext?.RunAsUser ?? pod.Spec?.SecurityContext?.RunAsUser).Distinct().ToArray();
        uint? common = users is [{ } one] ? (uint)one : null;
        return (common ?? 0, common is null && pod.Spec?.SecurityContext?.FsGroup is null ? mode : ownersOnly);
    }

    private string EmptyDir(PodDirectory directory, string name, EmptyDirVolumeSource empty, uint? group, long memory)
    {
        var path = directory.Volume("empty-dir", name);
        if (Directory.Exists(path)) return path;
        Directory.CreateDirectory(path);
        if (empty.Medium == "Memory" && !node.Pretended) Kernel.MountTmpfs(path, memory);
        if (group is { } gid) Kernel.SetOwner(path, 0, gid);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111 | (group is null ? 0 : UnixFileMode.SetGroup));
        return path;
    }

    private async Task<(string? Path, string? Fault)> Claimed(Pod pod, string volumeName, PersistentVolumeClaimVolumeSource source, CancellationToken cancel)
    {
        var (path, fault) = await Bound(pod, volumeName, source, cancel);
        if (path is not null) claimed[(pod.Metadata.Uid!, volumeName)] = new(pod.Metadata.Namespace!, source.ClaimName!, path);
        return (path, fault);
    }

    private async Task<(string? Path, string? Fault)> Bound(Pod pod, string volumeName, PersistentVolumeClaimVolumeSource source, CancellationToken cancel)
    {
        var claim = await api.Get(Claims, pod.Metadata.Namespace, source.ClaimName!, cancel: cancel);
        if (!claim.Ok) return (null, $"error getting PVC \"{pod.Metadata.Namespace}/{source.ClaimName}\": {claim.Error!.Message}");
        var bound = Resources.Of<PersistentVolumeClaim>().Read(claim.Value.Json);
        if (bound.Spec?.VolumeName is not { Length: > 0 } name || bound.Status?.Phase != "Bound") return (null, $"error processing PVC {pod.Metadata.Namespace}/{source.ClaimName}: PVC is not bound");
        var volume = await api.Get(PersistentVolumes, null, name, cancel: cancel);
        if (!volume.Ok) return (null, volume.Error!.Message);
        var found = Resources.Of<PersistentVolume>().Item(volume.Value.Json);
        var spec = found.Value.Spec ?? new();
        if (spec.ClaimRef?.Uid is { Length: > 0 } promised && promised != bound.Metadata.Uid) return (null, $"PV \"{name}\" was bound to PVC with unexpected claim UID");
        if (spec.HostPath is { } host) return HostPaths.Check(host.Path!, host.Type) is { } fault ? (null, fault) : (host.Path, null);
        if (spec.Nfs is { } nfs)
        {
            var share = new PodDirectory(node.DataDir, pod.Metadata.Uid!).Volume("nfs", name);
            return await ForeignVolumes.MountNfs(nfs, share, cancel) is { } failed ? (null, failed) : (share, null);
        }
        if (spec.Csi is { } csi) return (null, ForeignVolumes.NoDriver(csi.Driver));
        if (spec.Local is not { } local) return (null, "no volume plugin matched");
        if (!Directory.Exists(local.Path))
        {
            // Declared for a claim, made by who mounts it first.
            if (LocalPath.Directory(found) is not { } made) return (null, $"path \"{local.Path}\" does not exist");
            // Open to whoever is in a container, and so not to whoever is on the machine.
            Directory.CreateDirectory(Path.GetDirectoryName(made)!, (UnixFileMode)0b111_101_000);
            Directory.CreateDirectory(made);
            File.SetUnixFileMode(made, (UnixFileMode)0b111_111_111);
        }
        // Once for a pod: whatever it does with its files afterwards is its own affair. A path of the host is nobody's to give away.
        if (!node.Pretended && source.ReadOnly != true && pod.Spec?.SecurityContext is { FsGroup: { } group } context && given.TryAdd((pod.Metadata.Uid!, volumeName), true))
            VolumeOwnership.Give(local.Path!, (uint)group, context.FsGroupChangePolicy);
        return (local.Path, null);
    }

    private static IEnumerable<Container> PodContainers(Pod pod) => Pods.PodContainers.Of(pod.Spec ?? new()).Select(c => c.Container);
}

/// <summary>What is mounted where, as the kernel says.</summary>
internal static class MountTable
{
    public static IEnumerable<string> Below(string directory)
    {
        var prefix = directory.TrimEnd('/') + "/";
        foreach (var line in File.ReadLines("/proc/self/mounts"))
            if (line.Split(' ') is [_, var target, ..] && target.Replace("\\040", " ", StringComparison.Ordinal) is var path && path.StartsWith(prefix, StringComparison.Ordinal)) yield return path;
    }
}

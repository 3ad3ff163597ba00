using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Eviction;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Stats;

/// <summary>Takes samples when somebody asks: cgroups, network namespaces and, if wanted, what lies on the disk.</summary>
internal sealed class NodeSampler(NodeContext node, Func<IReadOnlyDictionary<string, Pod>> podsByUid)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    private readonly CgroupReader cgroups = new("/sys/fs/cgroup");
    private readonly CpuRates rates = new();
    private readonly DiskUses disks = new(node.Time);
    private string? imageRoot;

    /// <summary>A sample with rates: where none are known yet it takes two looks.</summary>
    public async Task<NodeSample> TakeWithRates(bool disk, CancellationToken cancel)
    {
        var sample = await Take(disk, cancel);
        if (sample.CpuRate is not null && sample.Pods.All(p => p.CpuRate is not null && p.Containers.All(c => c.CpuRate is not null))) return sample;
        await Task.Delay(Between, node.Time, cancel);
        return await Take(disk, cancel);
    }

    /// <summary>Images and layers lie on a disk of their own, as far as the engine has said where.</summary>
    public bool ImagesApart => imageRoot is not null && Kernel.Look(node.Options.DataDir)?.Device != Kernel.Look(imageRoot)?.Device;

    /// <summary>What is left on the node, at next to no cost.</summary>
    public async Task<IReadOnlyDictionary<Signal, Level>> Levels(CancellationToken cancel)
    {
        try
        {
            imageRoot ??= await node.Engine.ImageRoot(cancel) ?? node.Options.DataDir;
        }
        catch (EngineException)
        {
            // The rest can be told without the engine.
        }
        var host = HostCounters.Read();
        var (own, images) = (FileSystemUse.Of(node.Options.DataDir), FileSystemUse.Of(imageRoot ?? node.Options.DataDir));
        return new Dictionary<Signal, Level>
        {
            [Signal.Memory] = new(Math.Max(0, host.MemoryTotal - host.WorkingSet), host.MemoryTotal), [Signal.NodeDisk] = new(own.Available, own.Capacity), [Signal.NodeInodes] = new(own.InodesFree, own.Inodes),
            [Signal.ImageDisk] = new(images.Available, images.Capacity), [Signal.ImageInodes] = new(images.InodesFree, images.Inodes), [Signal.Pids] = new(host.MostProcesses - host.Processes, host.MostProcesses),
        };
    }

    public async Task<NodeSample> Take(bool disk, CancellationToken cancel)
    {
        var state = await node.Engine.Observe(null, cancel);
        var now = node.Time.GetUtcNow();
        var host = HostCounters.Read();
        imageRoot ??= await node.Engine.ImageRoot(cancel) ?? node.Options.DataDir;
        var (own, images) = (FileSystemUse.Of(node.Options.DataDir), FileSystemUse.Of(imageRoot));
        var pods = podsByUid();
        return new(node.Options.Name, now, Booted(now))
        {
            CpuNanos = host.CpuNanos, CpuRate = rates.Of("/", now, host.CpuNanos), MemoryTotal = host.MemoryTotal, MemoryUsed = host.MemoryUsed, WorkingSet = host.WorkingSet, Rss = host.Rss,
            PageFaults = host.PageFaults, MajorPageFaults = host.MajorPageFaults, SwapUsed = host.SwapTotal - host.SwapFree, SwapFree = host.SwapFree, Stalls = host.Stalls,
            Network = Interfaces("self"), DefaultInterface = DefaultInterface(), Disk = own, Images = images,
            ImagesApart = ImagesApart,
            ImageBytes = disk ? (await node.Engine.Images(cancel)).Sum(i => i.SizeBytes) : 0,
            MostProcesses = host.MostProcesses, Processes = host.Processes, System = [.. Systems(now)],
            Pods = [.. state.Sandboxes.GroupBy(s => s.Pod.Uid).Select(g => Sample(g.MaxBy(s => s.Attempt)!, state, pods.GetValueOrDefault(g.Key), now, disk))],
        };
    }

    private PodSample Sample(SandboxInfo sandbox, EngineState state, Pod? pod, DateTimeOffset now, bool disk)
    {
        var path = CgroupOf(sandbox, pod);
        var use = cgroups.Read(path);
        var containers = state.Containers.Where(c => c.Pod.Uid == sandbox.Pod.Uid && c.Phase == ContainerPhase.Running).GroupBy(c => c.Name).Select(g => g.MaxBy(c => c.Attempt)!)
            .Select(c => Sample(c, path, now, disk)).ToArray();
        var volumes = disk && pod is not null ? Volumes(pod).ToArray() : [];
        var etc = disk ? disks.Of(Path.Combine(new PodDirectory(node.Options.DataDir, sandbox.Pod.Uid).Path, "etc-hosts")) : DiskUse.None;
        return new(sandbox.Pod, path, pod?.Status?.StartTime ?? sandbox.CreatedAt)
        {
            Use = use, CpuRate = use is null ? null : rates.Of(path, now, use.CpuNanos), SandboxId = sandbox.Id, Containers = containers, Volumes = volumes,
            Network = sandbox.Running && !sandbox.Labels.ContainsKey(Labels.HostNetwork) && sandbox.Pid > 0 ? Interfaces($"{sandbox.Pid}") : [],
            Ephemeral = containers.Aggregate(etc, (sum, c) => sum + (c.Layer ?? DiskUse.None) + (c.Logs ?? DiskUse.None)) + volumes.Where(v => v.IsEphemeral).Aggregate(DiskUse.None, (sum, v) => sum + v.Own),
        };
    }

    private ContainerSample Sample(ContainerInfo container, string podPath, DateTimeOffset now, bool disk)
    {
        var path = $"{podPath}/{container.Id}";
        if (cgroups.Read(path) is not { } use)
        {
            path = container.Pid > 0 ? CgroupOf(container.Pid) ?? path : path;
            use = cgroups.Read(path) ?? new();
        }
        return new(container, path)
        {
            Use = use, CpuRate = rates.Of(container.Id, now, use.CpuNanos),
            Layer = disk && container.LayerPath.Length > 0 ? disks.Of(container.LayerPath) : null,
            Logs = disk ? Logs(container.LogPath) : null,
        };
    }

    private DiskUse Logs(string path)
    {
        if (path.Length == 0) return DiskUse.None;
        var use = DiskUse.Of(path);
        for (var i = 1; i < 10 && File.Exists($"{path}.{i}"); i++) use += DiskUse.Of($"{path}.{i}");
        return use;
    }

    private IEnumerable<VolumeSample> Volumes(Pod pod)
    {
        var directory = new PodDirectory(node.Options.DataDir, pod.Metadata.Uid!);
        foreach (var volume in pod.Spec?.Volumes ?? [])
        {
            var plugin = volume switch
            {
                { EmptyDir: not null } => "empty-dir", { ConfigMap: not null } => "configmap", { Secret: not null } => "secret", { DownwardAPI: not null } => "downward-api", { Projected: not null } => "projected",
                _ => null,
            };
            if (node.Volumes.ClaimedBy(pod.Metadata.Uid!, volume.Name!) is { } place && Path.Exists(place.Path))
            {
                var all = FileSystemUse.Of(place.Path);
                yield return new(volume.Name!, all, new(all.Used, all.InodesUsed)) { Claim = place.Claim };
            }
            if (plugin is null) continue;
            var path = directory.Volume(plugin, volume.Name!);
            if (!Directory.Exists(path)) continue;
            var memory = volume.EmptyDir?.Medium == "Memory";
            var system = FileSystemUse.Of(path);
            yield return new(volume.Name!, system, memory || plugin is "secret" or "projected" ? new(system.Used, system.InodesUsed) : disks.Of(path)) { IsEphemeral = !memory && plugin is "empty-dir" or "configmap" or "downward-api", InMemory = memory };
        }
    }

    private IEnumerable<SystemSample> Systems(DateTimeOffset now)
    {
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        var own = new CgroupUse { CpuNanos = (long)self.TotalProcessorTime.TotalNanoseconds, MemoryBytes = self.WorkingSet64, WorkingSetBytes = self.WorkingSet64, RssBytes = self.WorkingSet64 };
        yield return new("kubelet", self.StartTime.ToUniversalTime(), own, rates.Of("kubelet", now, own.CpuNanos));
        if (cgroups.Read(node.Options.CgroupRoot) is { } all) yield return new("pods", Booted(now), all, rates.Of(node.Options.CgroupRoot, now, all.CpuNanos));
    }

    private string CgroupOf(SandboxInfo sandbox, Pod? pod)
    {
        if (pod is not null && PodCgroup.Path(node.Options.CgroupRoot, NodeContext.QosOf(pod), sandbox.Pod.Uid) is var known && cgroups.Has(known)) return known;
        return sandbox.Pid > 0 && CgroupOf(sandbox.Pid) is { } path && path.LastIndexOf('/') is > 0 and var cut ? path[..cut] : PodCgroup.Path(node.Options.CgroupRoot, "BestEffort", sandbox.Pod.Uid);
    }

    private string? CgroupOf(int pid)
    {
        try
        {
            return cgroups.PathOf(File.ReadAllLines($"/proc/{pid}/cgroup"));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static IReadOnlyList<InterfaceUse> Interfaces(string pid)
    {
        try
        {
            return InterfaceUse.Parse(File.ReadAllLines($"/proc/{pid}/net/dev"));
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string DefaultInterface()
    {
        foreach (var line in File.ReadLines("/proc/net/route"))
            if (line.Split('\t') is [var name, "00000000", ..]) return name;
        return "";
    }

    private static DateTimeOffset Booted(DateTimeOffset now)
    {
        var up = File.ReadAllText("/proc/uptime").Split(' ')[0];
        return now - TimeSpan.FromSeconds(double.Parse(up, System.Globalization.CultureInfo.InvariantCulture));
    }
}

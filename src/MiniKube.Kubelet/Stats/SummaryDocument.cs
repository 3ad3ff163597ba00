using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Stats;

/// <summary>/stats/summary: a sample under upstream's names.</summary>
public static class SummaryDocument
{
    public static JsonMap Of(NodeSample sample, bool onlyCpuAndMemory = false)
    {
        var time = Time(sample.Time);
        var node = new JsonMap { { "nodeName", sample.Node } };
        if (!onlyCpuAndMemory) node.Add("systemContainers", new JsonList(sample.System.Select(s => (Json)new JsonMap { { "name", s.Name }, { "startTime", Time(s.Started) }, { "cpu", Cpu(time, s.Use.CpuNanos, s.CpuRate, s.Use.Stalls) }, { "memory", Memory(time, s.Use) } })));
        else node.Add("systemContainers", new JsonList());
        node.Add("startTime", Time(sample.Booted));
        node.Add("cpu", Cpu(time, sample.CpuNanos, sample.CpuRate, sample.Stalls));
        var memory = new JsonMap
        {
            { "time", time }, { "availableBytes", sample.MemoryAvailable }, { "usageBytes", sample.MemoryUsed }, { "workingSetBytes", sample.WorkingSet }, { "rssBytes", sample.Rss },
            { "pageFaults", sample.PageFaults }, { "majorPageFaults", sample.MajorPageFaults },
        };
        Stalled(memory, sample.Stalls?.Memory);
        node.Add("memory", memory);
        if (Io(time, sample.Stalls) is { } io && !onlyCpuAndMemory) node.Add("io", io);
        if (!onlyCpuAndMemory)
        {
            if (Network(time, sample.Network, sample.DefaultInterface) is { } network) node.Add("network", network);
            node.Add("fs", Disk(time, sample.Disk, sample.Disk.Used, sample.Disk.InodesUsed));
            node.Add("runtime", new JsonMap
            {
                { "imageFs", Disk(time, sample.Images, sample.ImageBytes, sample.Images.InodesUsed) },
                { "containerFs", Disk(time, sample.Images, sample.Pods.SelectMany(p => p.Containers).Sum(c => c.Layer?.Bytes ?? 0), sample.Images.InodesUsed) },
            });
            node.Add("rlimit", new JsonMap { { "time", time }, { "maxpid", sample.MostProcesses }, { "curproc", sample.Processes } });
            node.Add("swap", new JsonMap { { "time", time }, { "swapAvailableBytes", sample.SwapFree }, { "swapUsageBytes", sample.SwapUsed } });
        }
        return new JsonMap { { "node", node }, { "pods", new JsonList(sample.Pods.Select(p => (Json)Pod(p, sample, time, onlyCpuAndMemory))) } };
    }

    private static JsonMap Pod(PodSample pod, NodeSample sample, string time, bool onlyCpuAndMemory)
    {
        var map = new JsonMap
        {
            { "podRef", new JsonMap { { "name", pod.Pod.Name }, { "namespace", pod.Pod.Namespace }, { "uid", pod.Pod.Uid } } }, { "startTime", Time(pod.Started) },
            { "containers", new JsonList(pod.Containers.Select(c => (Json)Container(c, sample, time, onlyCpuAndMemory))) },
        };
        if (pod.Use is { } use)
        {
            map.Add("cpu", Cpu(time, use.CpuNanos, pod.CpuRate, use.Stalls));
            map.Add("memory", Memory(time, use));
            if (Io(time, use.Stalls) is { } io && !onlyCpuAndMemory) map.Add("io", io);
        }
        if (onlyCpuAndMemory) return map;
        if (Network(time, pod.Network, "eth0") is { } network) map.Add("network", network);
        if (pod.Volumes.Count > 0)
            map.Add("volume", new JsonList(pod.Volumes.Select(v =>
            {
                var volume = Disk(time, v.FileSystem, v.Own.Bytes, v.Own.Inodes);
                volume.Add("name", v.Name);
                if (v.Claim is { } claim) volume.Add("pvcRef", new JsonMap { { "name", claim }, { "namespace", pod.Pod.Namespace } });
                return (Json)volume;
            })));
        map.Add("ephemeral-storage", Disk(time, sample.Disk, pod.Ephemeral.Bytes, pod.Ephemeral.Inodes));
        map.Add("process_stats", new JsonMap { { "process_count", pod.Use?.Processes ?? 0 } });
        map.Add("swap", new JsonMap { { "time", time }, { "swapUsageBytes", pod.Use?.SwapBytes ?? 0 } });
        return map;
    }

    private static JsonMap Container(ContainerSample container, NodeSample sample, string time, bool onlyCpuAndMemory)
    {
        var map = new JsonMap
        {
            { "name", container.Container.Name }, { "startTime", Time(container.Container.StartedAt ?? container.Container.CreatedAt) },
            { "cpu", Cpu(time, container.Use.CpuNanos, container.CpuRate, container.Use.Stalls) }, { "memory", Memory(time, container.Use) },
        };
        if (onlyCpuAndMemory) return map;
        if (Io(time, container.Use.Stalls) is { } io) map.Add("io", io);
        map.Add("rootfs", Disk(time, sample.Images, container.Layer?.Bytes ?? 0, container.Layer?.Inodes ?? 0));
        map.Add("logs", Disk(time, sample.Disk, container.Logs?.Bytes ?? 0, container.Logs?.Inodes ?? 0));
        map.Add("swap", new JsonMap { { "time", time }, { "swapUsageBytes", container.Use.SwapBytes } });
        return map;
    }

    private static JsonMap Cpu(string time, long nanos, long? rate, StallUses? stalls)
    {
        var map = new JsonMap { { "time", time } };
        if (rate is { } known) map.Add("usageNanoCores", known);
        map.Add("usageCoreNanoSeconds", nanos);
        Stalled(map, stalls?.Cpu);
        return map;
    }

    private static JsonMap Memory(string time, CgroupUse use)
    {
        var map = new JsonMap { { "time", time } };
        if (use.MemoryLimit is > 0 and < long.MaxValue) map.Add("availableBytes", Math.Max(0, use.MemoryLimit - use.WorkingSetBytes));
        map.Add("usageBytes", use.MemoryBytes);
        map.Add("workingSetBytes", use.WorkingSetBytes);
        map.Add("rssBytes", use.RssBytes);
        map.Add("pageFaults", use.PageFaults);
        map.Add("majorPageFaults", use.MajorPageFaults);
        Stalled(map, use.Stalls?.Memory);
        return map;
    }

    private static JsonMap? Io(string time, StallUses? stalls)
    {
        if (stalls?.Io is null) return null;
        var map = new JsonMap { { "time", time } };
        Stalled(map, stalls.Io);
        return map;
    }

    private static void Stalled(JsonMap map, StallUse? use)
    {
        static JsonMap Part(Stall stall) => new() { { "total", stall.Total }, { "avg10", stall.Last10 }, { "avg60", stall.Last60 }, { "avg300", stall.Last300 } };
        if (use is not null) map.Add("psi", new JsonMap { { "full", Part(use.Full) }, { "some", Part(use.Some) } });
    }

    private static JsonMap? Network(string time, IReadOnlyList<InterfaceUse> interfaces, string main)
    {
        if (interfaces.Count == 0) return null;
        var map = new JsonMap { { "time", time } };
        if ((interfaces.FirstOrDefault(i => i.Name == main) ?? interfaces[0]) is { } first)
            foreach (var (key, value) in Counters(first)) map.Add(key, value);
        map.Add("interfaces", new JsonList(interfaces.Select(i => (Json)Counters(i))));
        return map;
    }

    private static JsonMap Counters(InterfaceUse use) => new()
    {
        { "name", use.Name }, { "rxBytes", use.RxBytes }, { "rxErrors", use.RxErrors }, { "txBytes", use.TxBytes }, { "txErrors", use.TxErrors },
    };

    private static JsonMap Disk(string time, FileSystemUse system, long used, long inodesUsed) => new()
    {
        { "time", time }, { "availableBytes", system.Available }, { "capacityBytes", system.Capacity }, { "usedBytes", used },
        { "inodesFree", system.InodesFree }, { "inodes", system.Inodes }, { "inodesUsed", inodesUsed },
    };

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

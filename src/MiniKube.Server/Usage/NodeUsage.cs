using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Server.Usage;

public sealed record ContainerUsage(string Name, long CpuNanos, long MemoryBytes);

public sealed record PodUsage(string Namespace, string Name, string Uid, IReadOnlyList<ContainerUsage> Containers);

/// <summary>What a node and its pods used between two looks at its /stats/summary. Pure.</summary>
public sealed record NodeUsage(string Node, DateTimeOffset Time, TimeSpan Window, long CpuNanos, long MemoryBytes, IReadOnlyList<PodUsage> Pods)
{
    /// <summary>Who wasn't there at the first look isn't told of: there is no rate of one look.</summary>
    public static NodeUsage? Between(JsonMap before, JsonMap after)
    {
        if (TimeOf(before) is not { } from || TimeOf(after) is not { } to || to <= from || Rate(before.Map("node"), after.Map("node")) is not { } cpu) return null;
        var known = PodsOf(before).ToDictionary(Uid, StringComparer.Ordinal);
        var pods = new List<PodUsage>();
        foreach (var pod in PodsOf(after))
        {
            if (!known.TryGetValue(Uid(pod), out var earlier)) continue;
            var then = Containers(earlier).ToDictionary(Identity, StringComparer.Ordinal);
            var containers = new List<ContainerUsage>();
            foreach (var container in Containers(pod))
                if (then.TryGetValue(Identity(container), out var first) && Rate(first, container) is { } rate) containers.Add(new(container.Text("name")!, rate, Memory(container)));
            var reference = pod.Map("podRef") ?? [];
            if (containers.Count > 0) pods.Add(new(reference.Text("namespace") ?? "", reference.Text("name") ?? "", Uid(pod), containers));
        }
        return new(after.Map("node")?.Text("nodeName") ?? "", to, to - from, cpu, Memory(after.Map("node")), pods);

        long? Rate(JsonMap? first, JsonMap? second)
        {
            if (Spent(first) is not { } start || Spent(second) is not { } end || end < start) return null;
            return (long)((end - start) / (to - from).TotalSeconds);
        }
    }

    /// <summary>When the look was taken.</summary>
    public static DateTimeOffset? TimeOf(JsonMap summary) =>
        DateTimeOffset.TryParse(summary.Map("node")?.Map("cpu")?.Text("time"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static long? Spent(JsonMap? part) => part?.Map("cpu")?.Whole("usageCoreNanoSeconds");

    private static long Memory(JsonMap? part) => part?.Map("memory")?.Whole("workingSetBytes") ?? 0;

    private static IEnumerable<JsonMap> PodsOf(JsonMap summary) => (summary.List("pods") ?? []).OfType<JsonMap>();

    private static IEnumerable<JsonMap> Containers(JsonMap pod) => (pod.List("containers") ?? []).OfType<JsonMap>();

    private static string Uid(JsonMap pod) => pod.Map("podRef")?.Text("uid") ?? "";

    // A container that was made anew counts from nothing again.
    private static string Identity(JsonMap container) => $"{container.Text("name")} {container.Text("startTime")}";
}

using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Stats;

/// <summary>/metrics and /metrics/probes: what the agent has done so far.</summary>
internal static class KubeletMetrics
{
    public static string Of(NodeContext node, IReadOnlyList<Pod> pods, EngineState state)
    {
        var text = new MetricText();
        var counters = node.Counters;
        text.Head("kubelet_node_name", "gauge", "[ALPHA] The node's name; always 1").Line("kubelet_node_name", 1, ("node", node.Options.Name));
        text.Head("kubelet_running_pods", "gauge", "[ALPHA] Pods with a running sandbox").Line("kubelet_running_pods", state.Sandboxes.Count(s => s.Running));
        text.Head("kubelet_running_containers", "gauge", "[ALPHA] Containers by state");
        foreach (var (name, phase) in (ReadOnlySpan<(string, ContainerPhase)>)[("created", ContainerPhase.Created), ("exited", ContainerPhase.Exited), ("running", ContainerPhase.Running)])
            text.Line("kubelet_running_containers", state.Containers.Count(c => c.Phase == phase), ("container_state", name));
        text.Head("kubelet_desired_pods", "gauge", "[ALPHA] Pods this node was told to run");
        var statics = pods.Count(Static.StaticPods.IsStatic);
        text.Line("kubelet_desired_pods", pods.Count - statics, ("static", "")).Line("kubelet_desired_pods", statics, ("static", "true"));
        text.Head("kubelet_started_pods_total", "counter", "[ALPHA] Sandboxes started").Line("kubelet_started_pods_total", Interlocked.Read(ref counters.StartedPods));
        text.Head("kubelet_started_pods_errors_total", "counter", "[ALPHA] Sandboxes that failed to start").Line("kubelet_started_pods_errors_total", Interlocked.Read(ref counters.FailedPods));
        text.Head("kubelet_started_containers_total", "counter", "[ALPHA] Containers started").Line("kubelet_started_containers_total", Interlocked.Read(ref counters.StartedContainers), ("container_type", "container"));
        text.Head("kubelet_started_containers_errors_total", "counter", "[ALPHA] Containers that failed to start").Line("kubelet_started_containers_errors_total", Interlocked.Read(ref counters.FailedContainers), ("container_type", "container"));
        if (!counters.Evictions.IsEmpty)
        {
            text.Head("kubelet_evictions", "counter", "[ALPHA] Pods evicted by signal");
            foreach (var (signal, count) in counters.Evictions) text.Line("kubelet_evictions", count, ("eviction_signal", signal));
        }
        Claims(text, node);
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        text.Head("process_cpu_seconds_total", "counter", "Processor time used, in seconds.").Line("process_cpu_seconds_total", self.TotalProcessorTime.TotalSeconds);
        text.Head("process_resident_memory_bytes", "gauge", "Memory held.").Line("process_resident_memory_bytes", self.WorkingSet64);
        text.Head("process_start_time_seconds", "gauge", "When it was started.").Line("process_start_time_seconds", new DateTimeOffset(self.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        text.Head("kubernetes_build_info", "gauge", "[ALPHA] What this says it is").Line("kubernetes_build_info", 1, ("git_version", node.Options.Version), ("major", "1"), ("minor", "36"), ("platform", "linux"));
        return text.ToString();
    }

    private static void Claims(MetricText text, NodeContext node)
    {
        var uses = node.Volumes.ClaimedPlaces.Distinct().Where(p => Path.Exists(p.Path)).OrderBy(p => p.Namespace, StringComparer.Ordinal).ThenBy(p => p.Claim, StringComparer.Ordinal)
            .Select(p => (Place: p, Use: FileSystemUse.Of(p.Path))).ToArray();
        if (uses.Length == 0) return;
        foreach (var (name, help, value) in (ReadOnlySpan<(string, string, Func<FileSystemUse, long>)>)
        [
            ("available_bytes", "Bytes left in the volume", u => u.Available), ("capacity_bytes", "Bytes of the volume", u => u.Capacity), ("inodes", "Most files of the volume", u => u.Inodes),
            ("inodes_free", "Files left in the volume", u => u.InodesFree), ("inodes_used", "Files in the volume", u => u.InodesUsed), ("used_bytes", "Bytes used in the volume", u => u.Used),
        ])
        {
            text.Head($"kubelet_volume_stats_{name}", "gauge", $"[ALPHA] {help}");
            foreach (var (place, use) in uses) text.Line($"kubelet_volume_stats_{name}", value(use), ("namespace", place.Namespace), ("persistentvolumeclaim", place.Claim));
        }
    }

    /// <summary>/metrics/slis: how the checks behind /healthz stand, and how often each was asked for.</summary>
    public static string Health(NodeContext node, bool well)
    {
        var text = new MetricText().Head("kubernetes_healthcheck", "gauge", "[STABLE] What a check says now");
        string[] checks = ["log", "ping", "syncloop"];
        foreach (var check in checks) text.Line("kubernetes_healthcheck", well ? 1 : 0, ("name", check), ("type", "healthz"));
        text.Head("kubernetes_healthchecks_total", "counter", "[STABLE] What checks have said so far");
        foreach (var check in checks)
            foreach (var (status, count) in (ReadOnlySpan<(string, long)>)[("error", Interlocked.Read(ref node.Counters.Unhealthy)), ("success", Interlocked.Read(ref node.Counters.Healthy))])
                if (count > 0) text.Line("kubernetes_healthchecks_total", count, ("name", check), ("status", status), ("type", "healthz"));
        return text.ToString();
    }

    public static string Probes(NodeContext node)
    {
        var text = new MetricText().Head("prober_probe_total", "counter", "[BETA] Answers of probes by pod, container, type and result");
        foreach (var ((ns, pod, uid, container, type, result), count) in node.Counters.Probes.OrderBy(p => p.Key.Namespace, StringComparer.Ordinal).ThenBy(p => p.Key.Pod, StringComparer.Ordinal))
            text.Line("prober_probe_total", count, ("container", container), ("namespace", ns), ("pod", pod), ("pod_uid", uid), ("probe_type", type), ("result", result));
        return text.ToString();
    }
}

namespace MiniKube.Kubelet.Stats;

/// <summary>/metrics/resource: what autoscalers need, nothing else.</summary>
public static class ResourceMetrics
{
    private const double Nano = 1e-9;

    public static string Of(NodeSample sample)
    {
        var text = new MetricText();
        var at = sample.Time;
        var containers = sample.Pods.SelectMany(p => p.Containers, (p, c) => (Pod: p, Container: c)).OrderBy(c => c.Pod.Pod.Namespace, StringComparer.Ordinal).ThenBy(c => c.Pod.Pod.Name, StringComparer.Ordinal).ToArray();
        var pods = sample.Pods.Where(p => p.Use is not null).OrderBy(p => p.Pod.Namespace, StringComparer.Ordinal).ThenBy(p => p.Pod.Name, StringComparer.Ordinal).ToArray();

        void Containers(string name, string type, string help, Func<ContainerSample, double> value)
        {
            if (containers.Length == 0) return;
            text.Head(name, type, help);
            foreach (var (pod, c) in containers)
                text.Line(name, value(c), at, ("container", c.Container.Name), ("namespace", pod.Pod.Namespace), ("pod", pod.Pod.Name));
        }

        void Pods(string name, string type, string help, Func<CgroupUse, double> value)
        {
            if (pods.Length == 0) return;
            text.Head(name, type, help);
            foreach (var p in pods) text.Line(name, value(p.Use!), at, ("namespace", p.Pod.Namespace), ("pod", p.Pod.Name));
        }

        Containers("container_cpu_usage_seconds_total", "counter", "[STABLE] Processor time a container has used, in seconds", c => c.Use.CpuNanos * Nano);
        Containers("container_memory_working_set_bytes", "gauge", "[STABLE] Working set of a container", c => c.Use.WorkingSetBytes);
        Containers("container_start_time_seconds", "gauge", "[STABLE] When a container was started, in seconds of the Unix epoch", c => (c.Container.StartedAt ?? c.Container.CreatedAt).ToUnixTimeMilliseconds() / 1000.0);
        Containers("container_swap_usage_bytes", "gauge", "[ALPHA] Swap a container uses", c => c.Use.SwapBytes);
        text.Head("node_cpu_usage_seconds_total", "counter", "[STABLE] Processor time the node has used, in seconds").Line("node_cpu_usage_seconds_total", sample.CpuNanos * Nano, at);
        text.Head("node_memory_working_set_bytes", "gauge", "[STABLE] Working set of the node").Line("node_memory_working_set_bytes", sample.WorkingSet, at);
        text.Head("node_swap_usage_bytes", "gauge", "[ALPHA] Swap the node uses").Line("node_swap_usage_bytes", sample.SwapUsed, at);
        Pods("pod_cpu_usage_seconds_total", "counter", "[STABLE] Processor time a pod has used, in seconds", u => u.CpuNanos * Nano);
        Pods("pod_memory_working_set_bytes", "gauge", "[STABLE] Working set of a pod", u => u.WorkingSetBytes);
        Pods("pod_swap_usage_bytes", "gauge", "[ALPHA] Swap a pod uses", u => u.SwapBytes);
        text.Head("resource_scrape_error", "gauge", "[STABLE] 1 when something could not be read").Line("resource_scrape_error", 0);
        return text.ToString();
    }
}

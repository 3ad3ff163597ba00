using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Stats;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Port;

/// <summary>Answers from the pods of this node, its engine and its samples.</summary>
internal sealed class NodePages(NodeContext node, NodeSampler sampler, Func<IReadOnlyList<Pod>> pods, Checkpoints checkpoints, Func<string?> fault) : INodePages
{
    private const string MetricsType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly DateTimeOffset started = node.Time.GetUtcNow();

    public async Task<NodePage> Get(string path, Func<string, string?> query, CancellationToken cancel)
    {
        try
        {
            return path switch
            {
                "/healthz" or "/healthz/ping" or "/healthz/log" or "/healthz/syncloop" => Healthy(),
                "/pods" or "/pods/" => List(pods().Select(p => p with { ApiVersion = null, Kind = null })),
                "/runningpods" or "/runningpods/" => await Running(cancel),
                "/flagz" or "/flagz/" => NodePage.Text(HumanPages.Flags(node.Options)),
                "/statusz" or "/statusz/" => NodePage.Text(HumanPages.Status(node.Options.Version, started, node.Time.GetUtcNow())),
                "/configz" => NodePage.Json(ConfigDocument.Of(node.Options)),
                "/stats/summary" => NodePage.Json(SummaryDocument.Of(await sampler.TakeWithRates(disk: query("only_cpu_and_memory") != "true", cancel), query("only_cpu_and_memory") == "true")),
                "/metrics" => NodePage.Text(KubeletMetrics.Of(node, pods(), await node.Engine.Observe(null, cancel)), type: MetricsType),
                "/metrics/cadvisor" => NodePage.Text(CadvisorMetrics.Of(await sampler.Take(disk: true, cancel), Version()), type: MetricsType),
                "/metrics/resource" => NodePage.Text(ResourceMetrics.Of(await sampler.Take(disk: false, cancel)), type: MetricsType),
                "/metrics/slis" => NodePage.Text(KubeletMetrics.Health(node, fault() is null), type: MetricsType),
                "/metrics/probes" => NodePage.Text(KubeletMetrics.Probes(node), type: MetricsType),
                _ when path == "/logs" || path.StartsWith("/logs/", StringComparison.Ordinal) => HostLogs.Get("/var/log", path["/logs".Length..]),
                _ => NodePage.NotFound,
            };
        }
        catch (EngineException e)
        {
            return NodePage.Text($"{e.Message}\n", 500);
        }
    }

    public async Task<NodePage?> Post(string path, Func<string, string?> query, CancellationToken cancel) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["checkpoint", var ns, var pod, var container] ? await checkpoints.Make(ns, pod, container, query("timeout"), cancel) : null;

    private NodePage Healthy()
    {
        var why = fault();
        node.Counters.Checked(why is null);
        return why is null ? NodePage.Text("ok") : NodePage.Text($"{why}\n", 500);
    }

    /// <summary>What runs, as the engine knows it: names and images, no more.</summary>
    private async Task<NodePage> Running(CancellationToken cancel)
    {
        var state = await node.Engine.Observe(null, cancel);
        var running = state.Containers.Where(c => c.Phase == ContainerPhase.Running).GroupBy(c => c.Pod);
        return List(running.Select(g => new Pod
        {
            Metadata = new() { Name = g.Key.Name, Namespace = g.Key.Namespace, Uid = g.Key.Uid },
            Spec = new() { Containers = [.. g.OrderBy(c => c.Name, StringComparer.Ordinal).Select(c => new Container { Name = c.Name, Image = c.Image })] },
        }));
    }

    private static NodePage List(IEnumerable<Pod> pods) => NodePage.Json(new JsonMap
    {
        { "kind", "PodList" }, { "apiVersion", "v1" }, { "metadata", new JsonMap() }, { "items", new JsonList(pods.Select(p => (Json)KubeJson.ToTree(p))) },
    });

    private NodeVersion Version() => new(node.Facts.RuntimeVersion, node.Facts.Kernel, node.Facts.OsImage, node.Facts.BootId, node.Facts.MachineId, node.Facts.SystemUuid);
}

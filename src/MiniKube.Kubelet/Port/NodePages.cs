using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Stats;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Port;

/// <summary>Answers from the pods of this node, its engine and its samples.</summary>
internal sealed class NodePages(NodeContext node, NodeSampler sampler, Func<IReadOnlyList<Pod>> pods, Func<string?> fault) : INodePages
{
    private const string MetricsType = "text/plain; version=0.0.4; charset=utf-8";

    public async Task<NodePage> Get(string path, Func<string, string?> query, CancellationToken cancel)
    {
        try
        {
            return path switch
            {
                "/healthz" or "/healthz/ping" or "/healthz/log" or "/healthz/syncloop" => fault() is { } why ? NodePage.Text($"{why}\n", 500) : NodePage.Text("ok"),
                "/pods" or "/pods/" => List(pods().Select(p => p with { ApiVersion = null, Kind = null })),
                "/runningpods" or "/runningpods/" => await Running(cancel),
                "/configz" => NodePage.Json(Config()),
                "/stats/summary" => NodePage.Json(SummaryDocument.Of(await sampler.TakeWithRates(disk: query("only_cpu_and_memory") != "true", cancel), query("only_cpu_and_memory") == "true")),
                "/metrics" => NodePage.Text(KubeletMetrics.Of(node, pods(), await node.Engine.Observe(null, cancel)), type: MetricsType),
                "/metrics/cadvisor" => NodePage.Text(CadvisorMetrics.Of(await sampler.Take(disk: true, cancel), Version()), type: MetricsType),
                "/metrics/resource" => NodePage.Text(ResourceMetrics.Of(await sampler.Take(disk: false, cancel)), type: MetricsType),
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

    private JsonMap Config() => new()
    {
        {
            "kubeletconfig", new JsonMap
            {
                { "enableServer", true }, { "staticPodPath", node.Options.PodManifestPath ?? "" }, { "staticPodURL", node.Options.ManifestUrl ?? "" }, { "port", node.Options.Port },
                { "authentication", new JsonMap { { "x509", new JsonMap() }, { "webhook", new JsonMap { { "enabled", true }, { "cacheTTL", "2m0s" } } }, { "anonymous", new JsonMap { { "enabled", false } } } } },
                { "authorization", new JsonMap { { "mode", "Webhook" }, { "webhook", new JsonMap { { "cacheAuthorizedTTL", "5m0s" }, { "cacheUnauthorizedTTL", "30s" } } } } },
                { "clusterDomain", node.Options.ClusterDomain }, { "clusterDNS", JsonList.Of(node.Options.ClusterDns) }, { "maxPods", node.Options.MaxPods },
                { "cgroupDriver", "cgroupfs" }, { "cgroupRoot", "/" }, { "resolvConf", node.Options.HostResolvConf }, { "podCIDR", node.Options.PodCidr ?? "" },
                { "enableControllerAttachDetach", true }, { "containerLogMaxSize", "10Mi" }, { "containerLogMaxFiles", 5 }, { "nodeStatusUpdateFrequency", "10s" }, { "nodeLeaseDurationSeconds", 40 },
                { "kind", "KubeletConfiguration" }, { "apiVersion", "kubelet.config.k8s.io/v1beta1" },
            }
        },
    };
}

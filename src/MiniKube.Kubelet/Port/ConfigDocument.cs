using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Port;

/// <summary>/configz: what the node works by, under the names of upstream's configuration file. What it has no setting for isn't there.</summary>
internal static class ConfigDocument
{
    public static JsonMap Of(NodeOptions node)
    {
        var config = new JsonMap
        {
            { "enableServer", true }, { "staticPodPath", node.PodManifestPath ?? "" }, { "staticPodURL", node.ManifestUrl ?? "" }, { "port", node.Port },
            { "authentication", new JsonMap { { "x509", new JsonMap() }, { "webhook", new JsonMap { { "enabled", true }, { "cacheTTL", "2m0s" } } }, { "anonymous", new JsonMap { { "enabled", false } } } } },
            { "authorization", new JsonMap { { "mode", "Webhook" }, { "webhook", new JsonMap { { "cacheAuthorizedTTL", "5m0s" }, { "cacheUnauthorizedTTL", "30s" } } } } },
            { "clusterDomain", node.ClusterDomain }, { "clusterDNS", JsonList.Of(node.ClusterDns) }, { "maxPods", node.MaxPods }, { "podPidsLimit", -1 },
            { "cgroupsPerQOS", true }, { "cgroupDriver", "cgroupfs" }, { "cgroupRoot", "/" }, { "enforceNodeAllocatable", JsonList.OfTexts(["pods"]) },
            { "resolvConf", node.HostResolvConf }, { "podCIDR", node.PodCidr ?? "" }, { "failSwapOn", false }, { "serializeImagePulls", false },
            { "enableControllerAttachDetach", true }, { "containerLogMaxSize", "10Mi" }, { "containerLogMaxFiles", 5 }, { "nodeStatusUpdateFrequency", "10s" }, { "nodeStatusReportFrequency", "5m0s" },
            { "nodeLeaseDurationSeconds", 40 }, { "imageGCHighThresholdPercent", node.ImageThresholds.HighPercent }, { "imageGCLowThresholdPercent", node.ImageThresholds.LowPercent },
            { "evictionPressureTransitionPeriod", Duration(node.PressureTransition) }, { "evictionMaxPodGracePeriod", (long)node.MostEvictionGrace.TotalSeconds },
            { "evictionHard", Texts(node.Thresholds.Where(t => t.Grace is null).Select(t => (t.Signal.Name, $"{t.Least}"))) },
            { "enableDebuggingHandlers", true }, { "enableSystemLogHandler", true }, { "enableSystemLogQuery", false },
            { "kind", "KubeletConfiguration" }, { "apiVersion", "kubelet.config.k8s.io/v1beta1" },
        };
        var soft = node.Thresholds.Where(t => t.Grace is not null).ToArray();
        if (soft.Length > 0)
        {
            config.Add("evictionSoft", Texts(soft.Select(t => (t.Signal.Name, $"{t.Least}"))));
            config.Add("evictionSoftGracePeriod", Texts(soft.Select(t => (t.Signal.Name, Duration(t.Grace!.Value)))));
        }
        if (node.Reserved.Count > 0) config.Add("systemReserved", Texts(node.Reserved.Select(r => (r.Key, $"{r.Value}"))));
        return new() { { "kubeletconfig", config } };
    }

    private static JsonMap Texts(IEnumerable<(string Key, string Value)> texts)
    {
        var map = new JsonMap();
        foreach (var (key, value) in texts) map.Set(key, value);
        return map;
    }

    /// <summary>Go's notation: "0s", "30s", "5m0s", "1h0m0s".</summary>
    private static string Duration(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s"),
        { TotalHours: < 1 } => $"{time.Minutes}m{time.Seconds}s",
        _ => $"{(long)time.TotalHours}h{time.Minutes}m{time.Seconds}s",
    };
}

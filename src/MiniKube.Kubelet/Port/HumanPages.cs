using System.Globalization;
using System.Text;

namespace MiniKube.Kubelet.Port;

/// <summary>/flagz and /statusz: what the node was started with and since when, for people.</summary>
internal static class HumanPages
{
    private const string Warning = "Warning: this page is for people who look for a fault; programs can't rely on how it looks.";

    public static readonly IReadOnlyList<string> Paths =
    [
        "/checkpoint", "/configz", "/containerLogs", "/flagz", "/healthz", "/logs", "/metrics", "/metrics/cadvisor", "/metrics/probes", "/metrics/resource", "/metrics/slis", "/pods",
        "/runningpods", "/stats/summary", "/statusz",
    ];

    /// <summary>Under the names of upstream's flags, in their order.</summary>
    public static string Flags(NodeOptions node)
    {
        string List(IEnumerable<string> items) => string.Join(',', items);
        (string Name, string Value)[] flags =
        [
            ("allowed-unsafe-sysctls", List(node.AllowedSysctls)),
            ("cluster-dns", node.ClusterDns),
            ("cluster-domain", node.ClusterDomain),
            ("eviction-hard", List(node.Thresholds.Where(t => t.Grace is null).Select(t => $"{t.Signal.Name}<{t.Least}"))),
            ("eviction-max-pod-grace-period", Whole(node.MostEvictionGrace.TotalSeconds)),
            ("eviction-soft", List(node.Thresholds.Where(t => t.Grace is not null).Select(t => $"{t.Signal.Name}<{t.Least}"))),
            ("hostname-override", node.Name),
            ("image-gc-high-threshold", Whole(node.ImageThresholds.HighPercent)),
            ("image-gc-low-threshold", Whole(node.ImageThresholds.LowPercent)),
            // What stands in an address to open it is nobody's business who may look at this.
            ("manifest-url", Uri.TryCreate(node.ManifestUrl, UriKind.Absolute, out var url) ? url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : ""),
            ("max-pods", Whole(node.MaxPods)),
            ("node-ip", $"{node.Address}"),
            ("node-labels", List(node.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"))),
            ("pod-cidr", node.PodCidr ?? ""),
            ("pod-manifest-path", node.PodManifestPath ?? ""),
            ("port", Whole(node.Port)),
            ("register-with-taints", List(node.Taints.Select(t => $"{t.Key}={t.Value}:{t.Effect}"))),
            ("resolv-conf", node.HostResolvConf),
            ("root-dir", node.DataDir),
            ("system-reserved", List(node.Reserved.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key}={r.Value}"))),
        ];
        return Page("flagz", flags.Select(f => $"{f.Name}={f.Value}"));
    }

    public static string Status(string version, DateTimeOffset started, DateTimeOffset now)
    {
        var up = now - started;
        return Page("statusz",
        [
            string.Create(CultureInfo.InvariantCulture, $"Started: {started.UtcDateTime:ddd MMM dd HH:mm:ss} UTC {started.UtcDateTime:yyyy}"),
            string.Create(CultureInfo.InvariantCulture, $"Up: {(long)up.TotalHours} hr {up.Minutes:00} min {up.Seconds:00} sec"),
            $"Binary version: {version.TrimStart('v')}",
            $"Paths: {string.Join(' ', Paths)}",
        ]);
    }

    private static string Page(string name, IEnumerable<string> lines)
    {
        var text = new StringBuilder($"\nkubelet {name}\n{Warning}\n\n");
        foreach (var line in lines) text.Append(line).Append('\n');
        return text.ToString();
    }

    private static string Whole(double number) => number.ToString("0", CultureInfo.InvariantCulture);
}

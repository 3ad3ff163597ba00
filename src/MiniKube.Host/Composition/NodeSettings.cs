using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>Everything a node was told, be it the server's own or one that has joined; what concerns the whole cluster the latter has from the server.</summary>
public record NodeSettings
{
    public required string DataDir { get; init; }
    public string Runtime { get; init; } = "auto";
    public string? ContainerRuntimeEndpoint { get; init; }
    public string NodeName { get; init; } = Environment.MachineName.ToLowerInvariant();
    public string? NodeIp { get; init; }
    public IReadOnlyList<string> NodeLabels { get; init; } = [];
    public IReadOnlyList<string> NodeTaints { get; init; } = [];
    public string ClusterCidr { get; init; } = "10.42.0.0/16";
    public string ServiceCidr { get; init; } = "10.43.0.0/16";
    public string ClusterDns { get; init; } = "10.43.0.10";
    public string ClusterDomain { get; init; } = "cluster.local";
    public string ProxyMode { get; init; } = "auto";
    public IReadOnlyList<string> Disable { get; init; } = [];
    public int IngressHttpPort { get; init; } = 80;
    public int IngressHttpsPort { get; init; } = 443;
    public string? LocalStoragePath { get; init; }
    public LogLevel LogLevel { get; init; } = LogLevel.Info;
    public bool JsonLog { get; init; }
    public string? PodManifestPath { get; init; }
    public string? ManifestUrl { get; init; }
    public IReadOnlyList<Kubelet.Eviction.Threshold> Eviction { get; init; } = Kubelet.Eviction.Threshold.Defaults;
    public TimeSpan EvictionMaxPodGrace { get; init; }
    public IReadOnlyDictionary<string, Quantity> Reserved { get; init; } = new Dictionary<string, Quantity>();
    public TimeSpan EvictionTransition { get; init; } = TimeSpan.FromMinutes(5);
    public IReadOnlyList<string> AllowedSysctls { get; init; } = [];
    public int KubeletPort { get; init; } = 10250;
    public int ImageGcHigh { get; init; } = 85;
    public int ImageGcLow { get; init; } = 80;
    public int LogKeepSize { get; init; } = 256;
    public TimeSpan LogKeepAge { get; init; } = TimeSpan.FromDays(7);
}

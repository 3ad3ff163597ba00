using MiniKube.Machinery;
using MiniKube.Server;
using MiniKube.Store;

namespace MiniKube.Host;

/// <summary>Everything `minik server` was told, checked and with defaults filled in.</summary>
public sealed record ServerSettings
{
    public required string DataDir { get; init; }
    public string BindAddress { get; init; } = "0.0.0.0";
    public int HttpsPort { get; init; } = 6443;
    public string? AdvertiseAddress { get; init; }
    public string? WriteKubeconfig { get; init; }
    public string WriteKubeconfigMode { get; init; } = "600";
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
    public (int First, int Last) NodePorts { get; init; } = (30000, 32767);
    public string ProxyMode { get; init; } = "auto";
    public bool DisableAgent { get; init; }
    public IReadOnlyList<string> Disable { get; init; } = [];
    public string? LocalStoragePath { get; init; }
    public int SimulateNodes { get; init; }
    public Scheduler.Configuration.SchedulerConfiguration? Scheduling { get; init; }
    public string? Token { get; init; }
    public bool EncryptSecrets { get; init; } = true;
    public TimeSpan HistoryWindow { get; init; } = TimeSpan.FromHours(1);
    public int HistoryRevisions { get; init; } = 100_000;
    public int HistorySize { get; init; } = 512;
    public bool FullStoreCheck { get; init; }
    public string? TokenAuthFile { get; init; }
    public Server.Oidc.OidcOptions? Oidc { get; init; }
    public string? AuthenticationConfig { get; init; }
    public IReadOnlyList<string> TlsSans { get; init; } = [];
    public string? AuditLogPath { get; init; }
    public string? AuditPolicyFile { get; init; }
    public AdmissionConfiguration Admission { get; init; } = AdmissionConfiguration.Default;
    public int AuditLogMaxSize { get; init; } = 100;
    public int AuditLogMaxBackup { get; init; } = 10;
    public int AuditLogMaxAge { get; init; }
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

    public StoreOptions ToStoreOptions(ISealer sealer) => new()
    {
        Path = OwnerFiles.Store(DataDir), Sealer = sealer, FullCheck = FullStoreCheck, Indexes = ServerAssembly.Indexes,
        KeepFor = HistoryWindow, KeepRevisions = HistoryRevisions, KeepBytes = (long)HistorySize << 20,
    };

    public ServerOptions ToServerOptions(Func<string> advertise) => new()
    {
        ClusterDomain = ClusterDomain, ServiceCidr = ServiceCidr, ClusterDns = ClusterDns, NodePorts = NodePorts,
        AdvertiseNow = advertise, HttpsPort = HttpsPort, Admission = Admission,
        ServiceAccountIssuer = $"https://kubernetes.default.svc.{ClusterDomain}",
    };
}

using MiniKube.Server;
using MiniKube.Store;

namespace MiniKube.Host;

/// <summary>Everything `minik server` was told, checked and with defaults filled in.</summary>
public sealed record ServerSettings : NodeSettings
{
    public string BindAddress { get; init; } = "0.0.0.0";
    public int HttpsPort { get; init; } = 6443;
    public string? AdvertiseAddress { get; init; }
    public string? WriteKubeconfig { get; init; }
    public string WriteKubeconfigMode { get; init; } = "600";
    public (int First, int Last) NodePorts { get; init; } = (30000, 32767);
    public bool DisableAgent { get; init; }
    public int SimulateNodes { get; init; }
    public Scheduler.Configuration.SchedulerConfiguration? Scheduling { get; init; }
    public string? Token { get; init; }
    public bool EncryptSecrets { get; init; } = true;
    public TimeSpan HistoryWindow { get; init; } = TimeSpan.FromHours(1);
    public int HistoryRevisions { get; init; } = 100_000;
    public int HistorySize { get; init; } = 512;
    public bool FullStoreCheck { get; init; }
    internal SnapshotSchedule? Snapshots { get; init; }
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

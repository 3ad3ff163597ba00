namespace MiniKube.Server;

/// <summary>Settings of the API server, already checked.</summary>
public sealed record ServerOptions
{
    public string ClusterDomain { get; init; } = "cluster.local";
    public string ServiceCidr { get; init; } = "10.43.0.0/16";
    public string ClusterDns { get; init; } = "10.43.0.10";
    public (int First, int Last) NodePorts { get; init; } = (30000, 32767);

    /// <summary>Where clients reach the server: what the endpoints of the "kubernetes" service say.</summary>
    public string AdvertiseAddress { get => AdvertiseNow?.Invoke() ?? field; init; } = "127.0.0.1";

    /// <summary>Where that may change while the server runs.</summary>
    public Func<string>? AdvertiseNow { get; init; }

    public int HttpsPort { get; init; } = 6443;

    /// <summary>Requests with larger bodies are refused with 413.</summary>
    public int MaxBodyBytes { get; init; } = 3 * 1024 * 1024;

    /// <summary>How often a watch that asked for it is told how far it has got.</summary>
    public TimeSpan BookmarkEvery { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan EventTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What the owner told admission plug-ins.</summary>
    public AdmissionConfiguration Admission { get; init; } = AdmissionConfiguration.Default;

    public string ServiceAccountIssuer { get; init; } = "https://kubernetes.default.svc.cluster.local";
}

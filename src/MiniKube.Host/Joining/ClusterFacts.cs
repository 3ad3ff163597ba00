using System.Security.Cryptography.X509Certificates;
using MiniKube.Machinery;
using MiniKube.Server;

namespace MiniKube.Host;

/// <summary>What every node must know of its cluster and the server alone is told: shown to nodes at /minik/node, kept by them for a start without it.</summary>
internal sealed record ClusterFacts
{
    public const string Path = "/minik/node";

    public required string ClusterCidr { get; init; }
    public required string ServiceCidr { get; init; }
    public required string ClusterDns { get; init; }
    public required string ClusterDomain { get; init; }

    /// <summary>Below which directory volumes may be cleared away on the server's word; null where it makes none.</summary>
    public string? Volumes { get; init; }

    public IReadOnlyList<string> Disable { get; init; } = [];

    /// <summary>Whose certificates are believed, as PEM.</summary>
    public required string Authorities { get; init; }

    public static void Show(ControlPlane plane, ServerSettings settings) => plane.Server.Pages[Path] = () => ApiResponse.Of(200, new ClusterFacts
    {
        ClusterCidr = settings.ClusterCidr, ServiceCidr = settings.ServiceCidr, ClusterDns = settings.ClusterDns, ClusterDomain = settings.ClusterDomain,
        Volumes = LocalStorage.IsOn(settings) ? LocalStorage.Root(settings) : null, Disable = settings.Disable, Authorities = plane.Pki.AuthorityPem,
    }.ToTree());

    public JsonMap ToTree()
    {
        var tree = new JsonMap
        {
            { "clusterCidr", ClusterCidr }, { "serviceCidr", ServiceCidr }, { "clusterDns", ClusterDns }, { "clusterDomain", ClusterDomain }, { "disable", JsonList.OfTexts(Disable) }, { "authorities", Authorities },
        };
        if (Volumes is not null) tree.Add("volumes", Volumes);
        return tree;
    }

    /// <summary>Null where something is missing.</summary>
    public static ClusterFacts? Of(JsonMap tree) =>
        tree.Text("clusterCidr") is { } pods && tree.Text("serviceCidr") is { } services && tree.Text("clusterDns") is { } dns && tree.Text("clusterDomain") is { } domain && tree.Text("authorities") is { } authorities
            ? new() { ClusterCidr = pods, ServiceCidr = services, ClusterDns = dns, ClusterDomain = domain, Authorities = authorities, Volumes = tree.Text("volumes"), Disable = [.. (tree.List("disable") ?? []).Texts()] }
            : null;

    public X509Certificate2Collection Believed()
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(Authorities);
        return all;
    }

    /// <summary>What is the cluster's to say, said; what the node was told itself stays.</summary>
    public AgentSettings Over(AgentSettings settings) => settings with
    {
        ClusterCidr = ClusterCidr,
        ServiceCidr = ServiceCidr,
        ClusterDns = ClusterDns,
        ClusterDomain = ClusterDomain,
        Disable = [.. Disable.Union(settings.Disable)],
        LocalStoragePath = Volumes,
    };
}

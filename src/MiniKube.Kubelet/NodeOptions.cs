using System.Net;
using MiniKube.Kubelet.Images;
using MiniKube.Machinery;

namespace MiniKube.Kubelet;

/// <summary>What a node agent is told at the start.</summary>
public sealed record NodeOptions
{
    public required string Name { get; init; }

    /// <summary>Where pods' files live: volumes, hosts files, termination messages.</summary>
    public required string DataDir { get; init; }

    public IPAddress Address { get => AddressNow?.Invoke() ?? field; init; } = IPAddress.Loopback;

    /// <summary>Asked every time, on hosts whose address may change.</summary>
    public Func<IPAddress>? AddressNow { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>The range asked for at registration; whoever assigns ranges may have its own idea.</summary>
    public string? PodCidr { get; init; }

    public string ClusterDns { get; init; } = "10.43.0.10";
    public string ClusterDomain { get; init; } = "cluster.local";
    public string HostResolvConf { get; init; } = "/etc/resolv.conf";
    public int MaxPods { get; init; } = 110;
    public int Port { get; init; } = 10250;
    public string Version { get; init; } = "v1.36.2";
    /// <summary>Where static pods are declared: a directory or one file, and an address.</summary>
    public string? PodManifestPath { get; init; }

    public string? ManifestUrl { get; init; }
    public IReadOnlyList<Eviction.Threshold> Thresholds { get; init; } = Eviction.Threshold.Defaults;

    /// <summary>The most time a pod has to end when it goes for a soft threshold.</summary>
    public TimeSpan MostEvictionGrace { get; init; }

    /// <summary>What pods can't have: kept for the system and for the node's own programs, by resource.</summary>
    public IReadOnlyDictionary<string, Quantity> Reserved { get; init; } = new Dictionary<string, Quantity>();

    /// <summary>How long a pressure is reported after it was last seen.</summary>
    public TimeSpan PressureTransition { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Kernel settings that pods may change besides those that concern nobody else; a star at the end stands for any.</summary>
    public IReadOnlyList<string> AllowedSysctls { get; init; } = [];

    /// <summary>Archives of images that are taken in without being asked for.</summary>
    public string? ImagesDir { get; init; }

    /// <summary>Where mirrors of registries may be described; the first file that is there counts.</summary>
    public IReadOnlyList<string> RegistriesFiles { get; init; } = [];

    public ImageThresholds ImageThresholds { get; init; } = new();

    /// <summary>How much of what containers said is kept after they are gone, and how long; nothing where one of them is zero.</summary>
    public long KeptLogBytes { get; init; } = 256L << 20;

    public TimeSpan KeptLogAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>There are no processes: nothing of the machine is changed for them, and no rights are needed.</summary>
    public bool Pretended { get; init; }

    public string CgroupRoot { get; init; } = "kubepods";

    public sealed record Taint(string Key, string Value, string Effect);
}

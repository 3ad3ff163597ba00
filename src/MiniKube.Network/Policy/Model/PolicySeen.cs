using MiniKube.ControlLoop;
using MiniKube.Kinds.Networking;

namespace MiniKube.Network.Policy;

/// <summary>A named port of a pod: "http", "tcp", 8080.</summary>
public readonly record struct NamedPort(string Name, string Protocol, int Number);

/// <summary>A pod with an address of its own. Local ones are guarded here, all may be named by rules.</summary>
public sealed record PolicyPod(string Namespace, string Name, string Address, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<NamedPort> Ports, bool Local)
{
    public bool Equals(PolicyPod? other) => other is not null && Namespace == other.Namespace && Name == other.Name && Address == other.Address && Local == other.Local
        && Ports.SequenceEqual(other.Ports) && Labels.SameAs(other.Labels);

    public override int GetHashCode() => HashCode.Combine(Namespace, Name, Address);

    /// <summary>What rules know of a pod; null for one that has no address (any more), or that of its node.</summary>
    public static PolicyPod? Of(Item<Kinds.Core.Pod> pod, string node, string? assigned = null)
    {
        var (spec, status) = (pod.Value.Spec, pod.Value.Status);
        if (spec?.HostNetwork == true || status?.Phase is "Succeeded" or "Failed") return null;
        // A sandbox that is made again has its address before the status says so, which tells of the one before.
        if ((assigned ?? status?.PodIP) is not { Length: > 0 } address || !System.Net.IPAddress.TryParse(address, out var ip) || ip.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork) return null;
        var ports = (spec?.Containers ?? []).Concat((spec?.InitContainers ?? []).Where(c => c.RestartPolicy == "Always")).SelectMany(c => c.Ports ?? [])
            .Where(p => p.Name is { Length: > 0 }).Select(p => new NamedPort(p.Name!, (p.Protocol ?? "TCP").ToLowerInvariant(), p.Port ?? 0));
        return new(pod.Namespace, pod.Name, address, pod.Meta.Labels, [.. ports], spec?.NodeName == node);
    }
}

/// <summary>A policy and where it stands.</summary>
public sealed record PolicyItem(string Namespace, string Name, NetworkPolicySpec Spec);

/// <summary>Everything that decides who may talk to whom.</summary>
public sealed record PolicySeen(IReadOnlyList<PolicyItem> Policies, IReadOnlyList<PolicyPod> Pods, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Namespaces);

internal static class Labels
{
    public static bool SameAs(this IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        ReferenceEquals(one, other) || one.Count == other.Count && one.All(l => other.TryGetValue(l.Key, out var value) && value == l.Value);
}

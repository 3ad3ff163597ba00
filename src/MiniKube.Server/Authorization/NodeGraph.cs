using System.Collections.Immutable;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// Which node's pods refer to what, and which claims' volumes to which secrets: followed from each object to the nodes,
/// so that a decision is a look-up. Immutable: a change gives another graph that shares the rest with this one.
/// </summary>
internal sealed record NodeGraph
{
    /// <summary>An object that one of the node's pods refers to.</summary>
    private readonly record struct Use(string Node, string Resource, string Namespace, string Name);

    public static readonly string[] Collections = ["pods", "persistentvolumes"];
    public static readonly NodeGraph Empty = new();

    // How many of the node's pods do: the last one to go takes the node's right with it.
    private ImmutableDictionary<Use, int> Uses { get; init; } = ImmutableDictionary<Use, int>.Empty;

    // From a secret that volumes refer to, to the claims they are bound to.
    private ImmutableDictionary<(string Namespace, string Secret), ImmutableArray<(string Namespace, string Claim)>> Volumes { get; init; } =
        ImmutableDictionary<(string, string), ImmutableArray<(string, string)>>.Empty;

    /// <summary>Whether a pod of the node refers to the object, or to a claim whose volume does.</summary>
    public bool Leads(string node, string resource, string ns, string name) => Uses.ContainsKey(new(node, resource, ns, name))
        || resource == "secrets" && Volumes.TryGetValue((ns, name), out var claims) && claims.Any(c => Uses.ContainsKey(new(node, "persistentvolumeclaims", c.Namespace, c.Claim)));

    /// <summary>The graph after an object changed from one state to another (null where there is none).</summary>
    public static NodeGraph After(NodeGraph graph, Entry? before, Entry? after)
    {
        if ((after ?? before)!.Key.Collection == Collections[0])
        {
            var (lost, gained) = (UsesOf(before), UsesOf(after));
            // Most changes of a pod are to its status.
            if (lost.SetEquals(gained)) return graph;
            var uses = graph.Uses.ToBuilder();
            foreach (var use in gained) uses[use] = uses.GetValueOrDefault(use) + 1;
            foreach (var use in lost)
            {
                if (uses[use] == 1) uses.Remove(use);
                else uses[use]--;
            }
            return graph with { Uses = uses.ToImmutable() };
        }
        var volumes = graph.Volumes;
        foreach (var (secret, claim) in SecretsOf(before))
        {
            var left = volumes.GetValueOrDefault(secret, []).Remove(claim);
            volumes = left.IsEmpty ? volumes.Remove(secret) : volumes.SetItem(secret, left);
        }
        foreach (var (secret, claim) in SecretsOf(after)) volumes = volumes.SetItem(secret, volumes.GetValueOrDefault(secret, []).Add(claim));
        return graph with { Volumes = volumes };
    }

    private static HashSet<Use> UsesOf(Entry? pod)
    {
        if (pod?.Terms.Field("spec.nodeName") is not { Length: > 0 } node) return [];
        return [.. PodReferences.Of(ObjectCodec.Shared(pod)).Select(r => new Use(node, r.Resource, pod.Key.Namespace, r.Name))];
    }

    private static HashSet<((string Namespace, string Secret), (string Namespace, string Claim))> SecretsOf(Entry? volume)
    {
        if (volume is null || ObjectCodec.Shared(volume).Map("spec") is not { } spec || spec.Map("claimRef") is not { } reference) return [];
        var claim = (reference.Text("namespace") ?? "", reference.Text("name") ?? "");
        return [.. VolumeSecrets.Of(spec, claim.Item1).Select(s => (s, claim))];
    }
}

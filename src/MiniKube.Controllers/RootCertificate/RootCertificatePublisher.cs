using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record RootCertificateSeen(Item<Kinds.Core.Namespace> Namespace, Item<ConfigMap>? Published, string Certificate);

/// <summary>Keeps the cluster's CA in a ConfigMap of every namespace, where pods' projected volumes find it.</summary>
public sealed class RootCertificatePublisher(Caches caches, Func<string> certificate) : Controller<RootCertificateSeen>
{
    public const string ConfigMapName = "kube-root-ca.crt";
    private const string About =
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or " +
        "kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

    private readonly Cache<Kinds.Core.Namespace> namespaces = caches.Of<Kinds.Core.Namespace>();
    private readonly Cache<ConfigMap> maps = caches.Of<ConfigMap>($"metadata.name={ConfigMapName}");

    public override string Name => "root-ca-cert-publisher";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(namespaces);
        triggers.On(maps, c => [Key.Cluster(c.Latest.Namespace)]);
    }

    protected override RootCertificateSeen? Observe(Turn turn) =>
        namespaces.Get(turn.Key) is { } ns ? new(ns, maps.Get(ns.Name, ConfigMapName), certificate()) : null;

    protected override Plan For(RootCertificateSeen seen) => PlanFor(seen);

    public static Plan PlanFor(RootCertificateSeen seen)
    {
        if (seen.Namespace.IsTerminatingNamespace()) return Plan.Nothing;
        var data = new JsonMap { { "ca.crt", seen.Certificate } };
        var annotations = new JsonMap { { "kubernetes.io/description", About } };
        var resource = Resources.RefOf<ConfigMap>();
        if (seen.Published is not { } published)
        {
            return Plan.Of(new PlanAction.Create(resource, seen.Namespace.Name, new JsonMap
            {
                { "apiVersion", "v1" }, { "kind", "ConfigMap" },
                { "metadata", new JsonMap { { "name", ConfigMapName }, { "namespace", seen.Namespace.Name }, { "annotations", annotations } } },
                { "data", data },
            }));
        }
        var tree = published.Tree();
        if (data.SameAs(tree.Map("data")) && published.Meta.Annotation("kubernetes.io/description") == About) return Plan.Nothing;
        tree["data"] = data;
        tree.MapOrNew("metadata").MapOrNew("annotations").Set("kubernetes.io/description", About);
        return Plan.Of(new PlanAction.Replace(resource, seen.Namespace.Name, ConfigMapName, tree));
    }
}

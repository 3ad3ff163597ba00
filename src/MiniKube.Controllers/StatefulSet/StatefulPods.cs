using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Pods with names of their own, and the claims that stay theirs.</summary>
public static class StatefulPods
{
    public const string RevisionLabel = "controller-revision-hash";
    public const string NameLabel = "statefulset.kubernetes.io/pod-name";
    public const string IndexLabel = "apps.kubernetes.io/pod-index";

    private static readonly ResourceRef Pods = Resources.RefOf<Pod>();
    private static readonly ResourceRef Claims = Resources.RefOf<PersistentVolumeClaim>();

    /// <summary>The claims that are missing, then the pod.</summary>
    public static IEnumerable<PlanAction> Create(StatefulSetSeen seen, int ordinal, Item<ControllerRevision> revision)
    {
        foreach (var claim in MissingClaims(seen, ordinal)) yield return claim;
        var name = $"{seen.Set.Name}-{ordinal}";
        yield return new PlanAction.Create(Pods, seen.Set.Namespace, Pod(seen, ordinal, revision))
        {
            Announce = new(seen.Set.Ref)
            {
                Done = ("SuccessfulCreate", $"Create Pod {name} in StatefulSet {seen.Set.Name} successful"),
                Failed = ("FailedCreate", $"create Pod {name} in StatefulSet {seen.Set.Name} failed error: {{error}}"),
            },
        };
    }

    public static PlanAction Delete(StatefulSetSeen seen, Item<Pod> pod) => new PlanAction.Delete(Pods, pod.Namespace, pod.Name, pod.Uid, null)
    {
        Announce = new(seen.Set.Ref)
        {
            Done = ("SuccessfulDelete", $"Delete Pod {pod.Name} in StatefulSet {seen.Set.Name} successful"),
            Failed = ("FailedDelete", $"delete Pod {pod.Name} in StatefulSet {seen.Set.Name} failed error: {{error}}"),
        },
    };

    public static IEnumerable<(JsonMap Template, string Name)> ClaimsOf(StatefulSetSeen seen, int ordinal)
    {
        foreach (var template in (seen.Tree.Map("spec")?.List("volumeClaimTemplates") ?? []).Maps())
            yield return (template, $"{template.Map("metadata")?.Text("name")}-{seen.Set.Name}-{ordinal}");
    }

    public static IEnumerable<PlanAction> MissingClaims(StatefulSetSeen seen, int ordinal)
    {
        foreach (var (template, name) in ClaimsOf(seen, ordinal))
        {
            if (seen.Claim(name) is not null) continue;
            var labels = new JsonMap();
            foreach (var (key, value) in seen.Spec.Selector?.MatchLabels ?? new Dictionary<string, string>()) labels.Set(key, value);
            foreach (var (key, value) in template.Map("metadata")?.Map("labels") ?? []) labels.Set(key, value);
            var metadata = new JsonMap { { "name", name }, { "namespace", seen.Set.Namespace }, { "labels", labels } };
            if (template.Map("metadata")?.Map("annotations") is { } annotations) metadata.Add("annotations", annotations.Clone());
            if (seen.Spec.PersistentVolumeClaimRetentionPolicy?.WhenDeleted == "Delete")
                metadata.Add("ownerReferences", JsonList.Of(Ownership.Reference(seen.Set)));
            yield return new PlanAction.Create(Claims, seen.Set.Namespace, new JsonMap
            {
                { "apiVersion", "v1" }, { "kind", "PersistentVolumeClaim" }, { "metadata", metadata },
                { "spec", template.Map("spec")?.Clone() ?? new JsonMap() },
            })
            {
                Announce = new(seen.Set.Ref)
                {
                    Done = ("SuccessfulCreate", $"Create Claim {name} Pod {seen.Set.Name}-{ordinal} in StatefulSet {seen.Set.Name} success"),
                    Failed = ("FailedCreate", $"create Claim {name} for Pod {seen.Set.Name}-{ordinal} in StatefulSet {seen.Set.Name} failed error: {{error}}"),
                },
            };
        }
    }

    private static JsonMap Pod(StatefulSetSeen seen, int ordinal, Item<ControllerRevision> revision)
    {
        var template = ((revision.Value.Data as JsonMap)?.Map("spec")?.Map("template") ?? seen.Template).CloneMap();
        template.Remove("$patch");
        var pod = PodTemplates.Pod(template, seen.Set);
        var name = $"{seen.Set.Name}-{ordinal}";
        var metadata = pod.Map("metadata")!;
        metadata.Set("name", name);
        var labels = metadata.MapOrNew("labels");
        labels.Set(NameLabel, name);
        labels.Set(IndexLabel, $"{ordinal}");
        labels.Set(RevisionLabel, revision.Name);
        var spec = pod.MapOrNew("spec");
        spec.Set("hostname", name);
        if (seen.Spec.ServiceName is { Length: > 0 } service) spec.Set("subdomain", service);
        AddVolumes(seen, ordinal, spec);
        return pod;
    }

    /// <summary>A claim's volume takes the place of one of the same name in the template.</summary>
    private static void AddVolumes(StatefulSetSeen seen, int ordinal, JsonMap spec)
    {
        foreach (var (template, claim) in ClaimsOf(seen, ordinal))
        {
            var name = template.Map("metadata")?.Text("name") ?? "";
            var volumes = spec.ListOrNew("volumes");
            volumes.RemoveAll(v => (v as JsonMap)?.Text("name") == name);
            volumes.Add(new JsonMap { { "name", name }, { "persistentVolumeClaim", new JsonMap { { "claimName", claim } } } });
        }
    }
}

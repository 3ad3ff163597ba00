using System.Globalization;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>The ReplicaSet of the current template: made when it is missing, numbered when it is not the newest revision.</summary>
public static class NewReplicaSet
{
    public const string Revision = "deployment.kubernetes.io/revision";
    private const string History = "deployment.kubernetes.io/revision-history";

    private static readonly HashSet<string> NotCopied = new(StringComparer.Ordinal)
    {
        "kubectl.kubernetes.io/last-applied-configuration", Revision, History, Rollout.Desired, Rollout.Max,
        "deprecated.deployment.rollback.to", "deprecated.daemonset.template.generation",
    };

    public static long RevisionOf(Item item) =>
        long.TryParse(item.Meta.Annotation(Revision), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>What brings the existing one up to date: revision, annotations of the Deployment, minReadySeconds.</summary>
    public static IEnumerable<PlanAction> Update(DeploymentSeen seen, ReplicaSets sets)
    {
        var set = sets.New!;
        var annotations = Copied(seen, set);
        var next = NextRevision(sets);
        var revision = RevisionOf(set);
        if (revision < next)
        {
            if (set.Meta.Annotation(Revision) is { Length: > 0 } old)
                annotations[History] = set.Meta.Annotation(History) is { Length: > 0 } history ? $"{history},{old}" : old;
            annotations[Revision] = $"{next}";
            revision = next;
        }
        var patch = new JsonMap();
        if (annotations.Count > 0) patch.Add("metadata", new JsonMap { { "annotations", annotations } });
        var minReady = seen.Spec.MinReadySeconds ?? 0;
        if ((set.Value.Spec?.MinReadySeconds ?? 0) != minReady) patch.Add("spec", new JsonMap { { "minReadySeconds", minReady } });
        if (patch.Count > 0)
            yield return new PlanAction.Patch(Rollout.Sets, set.Namespace, set.Name, set.Uid, set.Meta.ResourceVersion, patch);
        foreach (var action in Number(seen, revision)) yield return action;
    }

    public static IEnumerable<PlanAction> Create(DeploymentSeen seen, ReplicaSets sets)
    {
        var size = Rollout.SizeOfNew(seen, sets);
        var name = seen.NewName;
        yield return new PlanAction.Create(Rollout.Sets, seen.Deployment.Namespace, Object(seen, sets, size))
        {
            Announce = size > 0 ? Rollout.Announce(seen, name, 0, size) : null,
        };
        foreach (var action in Number(seen, NextRevision(sets))) yield return action;
    }

    private static JsonMap Object(DeploymentSeen seen, ReplicaSets sets, int size)
    {
        var template = seen.Template.CloneMap();
        template.MapOrNew("metadata").MapOrNew("labels").Set(Rollout.HashLabel, seen.Hash);
        var selector = seen.Deployment.Tree().Map("spec")?.Map("selector") ?? [];
        selector.MapOrNew("matchLabels").Set(Rollout.HashLabel, seen.Hash);
        var annotations = Rollout.SizeAnnotations(seen);
        annotations.Set(Revision, $"{NextRevision(sets)}");
        foreach (var (key, value) in seen.Deployment.Meta.Annotations)
            if (!NotCopied.Contains(key)) annotations.Set(key, value);
        var spec = new JsonMap { { "replicas", size }, { "selector", selector }, { "template", template } };
        if (seen.Spec.MinReadySeconds is { } minReady and > 0) spec.Set("minReadySeconds", minReady);
        return new()
        {
            { "apiVersion", Rollout.Sets.ApiVersion }, { "kind", nameof(ReplicaSet) },
            {
                "metadata", new JsonMap
                {
                    { "name", seen.NewName }, { "namespace", seen.Deployment.Namespace },
                    { "labels", template.Map("metadata")!.Map("labels")!.Clone() }, { "annotations", annotations },
                    { "ownerReferences", JsonList.Of(Ownership.Reference(seen.Deployment)) },
                }
            },
            { "spec", spec },
        };
    }

    private static long NextRevision(ReplicaSets sets) => sets.Old.Select(RevisionOf).DefaultIfEmpty(0).Max() + 1;

    /// <summary>The Deployment says which revision it is at. Written with the status, so that this is no new generation of it.</summary>
    private static IEnumerable<PlanAction> Number(DeploymentSeen seen, long revision)
    {
        if (seen.Deployment.Meta.Annotation(Revision) == $"{revision}") yield break;
        yield return new PlanAction.Patch(seen.Deployment.Type.Ref, seen.Deployment.Namespace, seen.Deployment.Name, seen.Deployment.Uid, null,
            new JsonMap { { "metadata", new JsonMap { { "annotations", new JsonMap { { Revision, $"{revision}" } } } } } }, "status");
    }

    private static JsonMap Copied(DeploymentSeen seen, Item<ReplicaSet> set)
    {
        var changed = new JsonMap();
        foreach (var (key, value) in seen.Deployment.Meta.Annotations)
            if (!NotCopied.Contains(key) && set.Meta.Annotation(key) != value) changed.Set(key, value);
        foreach (var (key, value) in Rollout.SizeAnnotations(seen))
            if (set.Meta.Annotation(key) is null) changed.Set(key, value);
        return changed;
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>A pod and, for each of its ephemeral volumes, the claim of that name if there is one.</summary>
public sealed record EphemeralSeen(Item<Pod> Pod, IReadOnlyList<(string Volume, Item<PersistentVolumeClaim>? Claim)> Volumes);

/// <summary>Pods that bring volumes along get a claim for each; it goes with the pod.</summary>
public sealed class EphemeralClaimController(Caches caches) : Controller<EphemeralSeen>
{
    private readonly Cache<Pod> pods = caches.Of<Pod>();
    private readonly Cache<PersistentVolumeClaim> claims = caches.Of<PersistentVolumeClaim>();

    public override string Name => "ephemeral_volume";
    public override string Account => "ephemeral-volume-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.On(pods, c => c.New is { BeingDeleted: false } pod && Ephemeral(pod).Any() ? [pod.Key] : []);
        triggers.On(claims, c => c.New is null && c.Old!.Meta.Controller is { Kind: "Pod" } owner ? [new Key(c.Old.Namespace, owner.Name)] : []);
    }

    protected override EphemeralSeen? Observe(Turn turn) => pods.Get(turn.Key) is { BeingDeleted: false } pod && !pod.IsTerminal()
        ? new(pod, [.. Ephemeral(pod).Select(v => (v.Name!, claims.Get(pod.Namespace, $"{pod.Name}-{v.Name}")))])
        : null;

    protected override Plan For(EphemeralSeen seen) => PlanFor(seen);

    public static Plan PlanFor(EphemeralSeen seen)
    {
        var actions = new List<PlanAction>();
        foreach (var (name, claim) in seen.Volumes)
        {
            if (claim is null) actions.Add(Create(seen.Pod, name));
            else if (!claim.IsControlledBy(seen.Pod))
                actions.Add(new PlanAction.Emit(seen.Pod.Ref, "Warning", "FailedBinding",
                    $"ephemeral volume {name}: PVC {claim.Key} was not created for pod {seen.Pod.Key} (pod is not owner)"));
        }
        return Plan.Of(actions);
    }

    private static PlanAction Create(Item<Pod> pod, string volume)
    {
        var template = (pod.Tree().Map("spec")?.List("volumes") ?? []).Maps().First(v => v.Text("name") == volume).Map("ephemeral")?.Map("volumeClaimTemplate") ?? [];
        var metadata = new JsonMap { { "name", $"{pod.Name}-{volume}" }, { "namespace", pod.Namespace } };
        foreach (var part in (ReadOnlySpan<string>)["labels", "annotations"])
            if (template.Map("metadata")?.Map(part) is { } given) metadata.Add(part, given.Clone());
        metadata.Add("ownerReferences", JsonList.Of(Ownership.Reference(pod)));
        return new PlanAction.Create(Resources.RefOf<PersistentVolumeClaim>(), pod.Namespace, new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "PersistentVolumeClaim" }, { "metadata", metadata }, { "spec", template.Map("spec")?.Clone() ?? new JsonMap() },
        })
        {
            Announce = new(pod.Ref) { Failed = ("FailedBinding", $"ephemeral volume {volume}: create PVC {pod.Name}-{volume}: {{error}}") },
        };
    }

    private static IEnumerable<Volume> Ephemeral(Item<Pod> pod) => (pod.Value.Spec?.Volumes ?? []).Where(v => v.Ephemeral is not null);
}

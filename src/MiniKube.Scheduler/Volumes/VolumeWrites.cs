using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

/// <summary>
/// What must be written before a pod may go to its node: volumes are promised to its claims, and claims without one say where one is
/// to be made. The pod waits until all of them are bound; who binds them is not the scheduler's business.
/// </summary>
public static class VolumeWrites
{
    private static readonly ResourceRef Claims = Resources.RefOf<PersistentVolumeClaim>();

    /// <summary>Null when every claim is bound and the pod may go.</summary>
    public static Plan? For(PodInfo pod, NodeInfo node, VolumeFacts facts)
    {
        var waiting = PodClaims.Of(pod, facts).Claims.Waiting;
        if (waiting.Count == 0 || VolumeChoice.On(node, waiting, facts).Choice is not { } choice) return null;
        var actions = new List<PlanAction>();
        foreach (var (claim, volume) in choice.Existing)
            if (VolumeMarks.Promise(volume, claim) is { } promise) actions.Add(promise);
        foreach (var claim in choice.ToMake)
        {
            if (claim.Meta.Annotation(VolumeMarks.SelectedNode) == node.Name) continue;
            actions.Add(new PlanAction.Patch(Claims, claim.Namespace, claim.Name, claim.Uid, claim.Meta.ResourceVersion,
                new JsonMap { { "metadata", new JsonMap { { "annotations", new JsonMap { { VolumeMarks.SelectedNode, node.Name } } } } } }));
        }
        return Plan.Of(actions);
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>
/// The claims of a pod, sorted by what they want of the scheduler: those that are bound have a volume, those that wait for their first
/// consumer get one with the pod's node.
/// </summary>
public sealed record PodClaims(IReadOnlyList<Item<PersistentVolumeClaim>> Bound, IReadOnlyList<Item<PersistentVolumeClaim>> Waiting)
{
    public static readonly PodClaims None = new([], []);

    /// <summary>The second is a reason why the pod can't run anywhere for now.</summary>
    public static (PodClaims Claims, string? Hopeless) Of(PodInfo pod, VolumeFacts facts)
    {
        if (pod.Claims.Count == 0) return (None, null);
        var (bound, waiting) = (new List<Item<PersistentVolumeClaim>>(), new List<Item<PersistentVolumeClaim>>());
        foreach (var (name, own) in pod.Claims)
        {
            if (facts.Claim(pod.Namespace, name) is not { } claim)
            {
                return (None, own
                    ? $"waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\""
                    : $"persistentvolumeclaim \"{name}\" not found");
            }
            if (claim.BeingDeleted) return (None, $"persistentvolumeclaim \"{name}\" is being deleted");
            if (own && claim.Meta.Controller?.Uid != pod.Uid) return (None, $"PVC {pod.Namespace}/{name} was not created for pod {pod.Namespace}/{pod.Name} (pod is not owner)");
            var spec = claim.Value.Spec ?? new();
            if (claim.Value.Status?.Phase == "Lost") return (None, $"persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{spec.VolumeName}\"");
            if (IsBound(claim)) bound.Add(claim);
            else if (spec.VolumeName is { Length: > 0 } || facts.Class(claim.Class())?.Value.VolumeBindingMode != "WaitForFirstConsumer") return (None, "pod has unbound immediate PersistentVolumeClaims");
            else waiting.Add(claim);
        }
        return (new(bound, waiting), null);
    }

    public static bool IsBound(Item<PersistentVolumeClaim> claim) => claim.Value.Spec?.VolumeName is { Length: > 0 } &&
        (claim.Value.Status?.Phase == "Bound" || claim.Meta.Annotation(VolumeMarks.BindCompleted) is not null);
}

using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Pods;

/// <summary>
/// Who gets new amounts first where several pods of a node wait for them: who asks for no more than before, then by priority, then by class, then who has
/// waited longest. Who can't have them now keeps nobody after him from getting his.
/// </summary>
internal static class ResizeOrder
{
    /// <summary>What stands against a pod's new amounts once those before it have got theirs.</summary>
    public static ResizeRefusal? Refusal(Pod pod, IEnumerable<Pod> pods, IReadOnlyDictionary<string, Quantity> allocatable)
    {
        var all = pods.Where(p => p.Metadata.Uid != pod.Metadata.Uid).Append(pod).ToArray();
        var held = all.ToDictionary(p => p.Metadata.Uid!, PodAllocation.Agreed);
        foreach (var next in all.Where(p => p == pod || Waits(p, held)).OrderBy(p => Asks(p, held)).ThenByDescending(p => p.Spec?.Priority ?? 0).ThenBy(Class).ThenBy(Since))
        {
            var refusal = ResizeStep.Refusal(next, held.Values, allocatable);
            if (next == pod) return refusal;
            if (refusal is null) held[next.Metadata.Uid!] = next;
        }
        return null;
    }

    private static bool Waits(Pod pod, Dictionary<string, Pod> held) =>
        pod.Metadata.DeletionTimestamp is null && pod.Status?.Phase is not ("Succeeded" or "Failed") && !PodAllocation.SameAmounts(pod, held[pod.Metadata.Uid!]);

    /// <summary>Whether for more than it has.</summary>
    private static bool Asks(Pod pod, Dictionary<string, Pod> held) =>
        ((string[])["cpu", "memory"]).Any(r => QuotaUsage.Requested(pod.Spec!, r) > QuotaUsage.Requested(held[pod.Metadata.Uid!].Spec!, r));

    private static int Class(Pod pod) => NodeContext.QosOf(pod) switch { "Guaranteed" => 0, "Burstable" => 1, _ => 2 };

    private static DateTimeOffset Since(Pod pod) =>
        pod.Status?.Conditions?.FirstOrDefault(c => c is { Type: Status.PodConditions.ResizePending, Status: "True" })?.LastTransitionTime ?? DateTimeOffset.MaxValue;
}

using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Status;

/// <summary>The status of a pod, worked out whole every time, and what of it has to be told to the API.</summary>
public static class PodStatuses
{
    public static PodStatus For(PodSeen seen, PodPlan plan)
    {
        var phase = Phases.Of(seen);
        var inits = new List<ContainerStatus>();
        var mains = new List<ContainerStatus>();
        var ephemerals = new List<ContainerStatus>();
        foreach (var (container, kind) in PodContainers.Of(seen.Spec))
            (kind switch { ContainerKind.Main => mains, ContainerKind.Ephemeral => ephemerals, _ => inits }).Add(ContainerStates.Of(seen, plan, container, kind));
        // Who was never let in has no containers to speak of.
        if (phase == "Failed" && seen.Pod.Status?.ContainerStatuses is not { Count: > 0 } && seen.Engine.Containers.Count == 0)
        {
            inits.Clear();
            mains.Clear();
            ephemerals.Clear();
        }
        var end = seen.End ?? (Deadline.Passed(seen) ? Deadline.End : null);
        var ip = seen.Spec.HostNetwork == true ? seen.HostIP : seen.PodIP ?? seen.Pod.Status?.PodIP;
        return new PodStatus
        {
            ObservedGeneration = seen.Pod.Metadata.Generation,
            Phase = phase, Reason = end?.Reason ?? seen.Pod.Status?.Reason, Message = end?.Message ?? seen.Pod.Status?.Message,
            HostIP = seen.HostIP, HostIPs = [new HostIP { Ip = seen.HostIP }],
            PodIP = ip, PodIPs = ip is null ? null : [new PodIP { Ip = ip }],
            StartTime = seen.Pod.Status?.StartTime ?? seen.Now,
            Conditions = PodConditions.Of(seen, phase, inits, mains),
            InitContainerStatuses = inits.Count == 0 ? null : inits, ContainerStatuses = mains.Count == 0 ? null : mains,
            // What asks for nothing as a whole says nothing of it.
            Resources = seen.Spec.Resources is null ? null : seen.GrantedResources ?? seen.Spec.Resources,
            AllocatedResources = seen.Spec.Resources?.Requests,
            EphemeralContainerStatuses = ephemerals.Count == 0 ? null : ephemerals,
        };
    }

    /// <summary>
    /// A strategic merge patch: conditions merge by type, so those of others are left alone; null when the API shows it all already.
    /// </summary>
    public static JsonMap? Patch(Pod pod, PodStatus next, string? uid = null)
    {
        var status = KubeJson.ToTree(next);
        var stored = pod.Status is null ? [] : KubeJson.ToTree(pod.Status);
        var shown = true;
        foreach (var (key, value) in status)
        {
            if (key == "conditions") shown &= Shows(stored.List(key), (JsonList)value);
            else shown &= stored[key] is { } there && there.SameAs(value);
            if (!shown) break;
        }
        // Conditions are merged: what one of them no longer says has to be taken back by name.
        foreach (var condition in status.List("conditions")!.Maps())
            if (stored.List("conditions")?.Maps().FirstOrDefault(c => c.Text("type") == condition.Text("type")) is { } before)
                foreach (var word in (ReadOnlySpan<string>)["reason", "message"])
                    if (before.Has(word) && !condition.Has(word)) condition.Set(word, Json.Null);
        // A change of amounts that is over is no condition any more.
        var over = (stored.List("conditions") ?? []).Maps().Select(c => c.Text("type")!).Where(t => t is PodConditions.ResizePending or PodConditions.ResizeInProgress && next.Conditions!.All(c => c.Type != t)).ToArray();
        if (shown && over.Length == 0) return null;
        foreach (var type in over) status.List("conditions")!.Add(new JsonMap { { "$patch", "delete" }, { "type", type } });
        foreach (var list in (ReadOnlySpan<string>)["podIPs", "hostIPs"])
            if (status.List(list) is { } addresses) addresses.Add(new JsonMap { { "$patch", "replace" } });
        return new JsonMap { { "metadata", new JsonMap { { "uid", uid ?? pod.Metadata.Uid ?? "" } } }, { "status", status } };
    }

    private static bool Shows(JsonList? stored, JsonList wanted)
    {
        foreach (var condition in wanted.Maps())
        {
            var there = stored?.Maps().FirstOrDefault(c => c.Text("type") == condition.Text("type"));
            if (there is null || !Essence(there).SameAs(Essence(condition))) return false;
        }
        return true;
    }

    private static JsonMap Essence(JsonMap condition)
    {
        var copy = condition.CloneMap();
        copy.RemoveWhere((key, value) => key is "lastProbeTime" || value.IsNull);
        return copy;
    }
}

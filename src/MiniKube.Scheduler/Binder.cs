using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

/// <summary>Everything the scheduler writes: bindings, refusals, evictions for the sake of others.</summary>
public sealed class Binder(IApi api, EventRecorder events, TimeProvider time)
{
    private static readonly ResourceRef Pods = Resources.RefOf<Pod>();

    public async Task<ApiError?> Bind(PodInfo pod, string node, CancellationToken cancel)
    {
        var binding = new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "Binding" },
            { "metadata", new JsonMap { { "name", pod.Name }, { "namespace", pod.Namespace }, { "uid", pod.Uid } } },
            { "target", new JsonMap { { "kind", "Node" }, { "name", node } } },
        };
        var result = await api.Create(Pods, pod.Namespace, JsonWriter.ToUtf8(binding), pod.Name, "binding", cancel: cancel);
        if (!result.Ok) return result.Error;
        events.Emit(pod.Item.Ref, "Normal", "Scheduled", "Binding", $"Successfully assigned {pod.Namespace}/{pod.Name} to {node}");
        return null;
    }

    public async Task Refuse(PodInfo pod, string message, string? nominatedNode, CancellationToken cancel)
    {
        events.Emit(pod.Item.Ref, "Warning", "FailedScheduling", "Scheduling", message);
        var status = pod.Item.Tree().Map("status") ?? [];
        var conditions = new JsonList((status.List("conditions") ?? []).Maps().Where(c => c.Text("type") != "PodScheduled").Select(c => c.Clone()));
        var old = pod.Item.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == "PodScheduled");
        var nominated = nominatedNode ?? pod.NominatedNode;
        if (old is { Status: "False", Reason: "Unschedulable" } && old.Message == message && nominated == pod.NominatedNode) return;
        conditions.Add(new JsonMap
        {
            { "type", "PodScheduled" }, { "status", "False" }, { "reason", "Unschedulable" }, { "message", message }, { "lastProbeTime", Json.Null },
            { "lastTransitionTime", KubeTime.Seconds(old is { Status: "False", LastTransitionTime: { } since } ? since : time.GetUtcNow()) },
            { "observedGeneration", pod.Item.Meta.Generation },
        });
        var change = new JsonMap { { "conditions", conditions } };
        if (nominated is not null) change.Add("nominatedNodeName", nominated);
        await PatchStatus(pod, change, cancel);
    }

    public async Task Preempt(PodInfo pod, string node, IReadOnlyList<PodInfo> victims, IReadOnlyList<PodInfo> alsoNominated, CancellationToken cancel)
    {
        foreach (var victim in victims.Where(v => !v.Item.BeingDeleted))
        {
            var conditions = new JsonList((victim.Item.Tree().Map("status")?.List("conditions") ?? []).Maps()
                .Where(c => c.Text("type") != "DisruptionTarget").Select(c => c.Clone()));
            conditions.Add(new JsonMap
            {
                { "type", "DisruptionTarget" }, { "status", "True" }, { "reason", "PreemptionByScheduler" },
                { "message", $"{pod.SchedulerName}: preempting to accommodate a higher priority pod" }, { "lastProbeTime", Json.Null },
                { "lastTransitionTime", KubeTime.Seconds(time.GetUtcNow()) }, { "observedGeneration", victim.Item.Meta.Generation },
            });
            await PatchStatus(victim, new JsonMap { { "conditions", conditions } }, cancel);
            await api.Delete(Pods, victim.Namespace, victim.Name, new DeleteQuery { Uid = victim.Uid }, cancel);
            events.Emit(victim.Item.Ref, "Normal", "Preempted", "Preempting", $"Preempted by pod {pod.Uid} on node {node}");
        }
        // Whoever was promised that room and matters less must look again.
        foreach (var other in alsoNominated) await PatchStatus(other, new JsonMap { { "nominatedNodeName", Json.Null } }, cancel);
    }

    private Task<Result<ApiObject>> PatchStatus(PodInfo pod, JsonMap status, CancellationToken cancel) =>
        api.Patch(Pods, pod.Namespace, pod.Name, PatchKind.Merge,
            JsonWriter.ToUtf8(new JsonMap { { "metadata", new JsonMap { { "uid", pod.Uid } } }, { "status", status } }), "status", cancel: cancel);
}

using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

/// <summary>Everything the scheduler writes: bindings, refusals, evictions for the sake of others.</summary>
public sealed class Binder(IApi api, IReadOnlyDictionary<string, EventRecorder> recorders, TimeProvider time)
{
    private static readonly ResourceRef Pods = Resources.RefOf<Pod>();

    /// <summary>Writes the binding, or has it written by whoever is to do that.</summary>
    public async Task<ApiError?> Bind(PodInfo pod, string node, Func<CancellationToken, Task<string?>>? otherwise, CancellationToken cancel)
    {
        if (otherwise is null)
        {
            var result = await api.Create(Pods, pod.Namespace, JsonWriter.ToUtf8(Binding(pod, node)), pod.Name, "binding", cancel: cancel);
            if (!result.Ok) return result.Error;
        }
        else if (await otherwise(cancel) is { } refusal)
        {
            return ApiError.Internal(refusal);
        }
        EventsOf(pod).Emit(pod.Item.Ref, "Normal", "Scheduled", "Binding", $"Successfully assigned {pod.Namespace}/{pod.Name} to {node}");
        return null;
    }

    private static JsonMap Binding(PodInfo pod, string node) => new()
    {
        { "apiVersion", "v1" }, { "kind", "Binding" },
        { "metadata", new JsonMap { { "name", pod.Name }, { "namespace", pod.Namespace }, { "uid", pod.Uid } } },
        { "target", new JsonMap { { "kind", "Node" }, { "name", node } } },
    };

    public Task<ApiError?> Provide(PodInfo pod, Plan provision, CancellationToken cancel) =>
        new PlanExecutor(api, EventsOf(pod)).Execute(provision, new(), cancel);

    public async Task Refuse(PodInfo pod, string message, string? nominatedNode, CancellationToken cancel, string reason = "Unschedulable")
    {
        EventsOf(pod).Emit(pod.Item.Ref, "Warning", "FailedScheduling", "Scheduling", message);
        var old = pod.Item.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == "PodScheduled");
        var nominated = nominatedNode ?? pod.NominatedNode;
        if (old is { Status: "False" } && old.Reason == reason && old.Message == message && nominated == pod.NominatedNode) return;
        var condition = new JsonMap
        {
            { "type", "PodScheduled" }, { "status", "False" }, { "reason", reason }, { "message", message }, { "lastProbeTime", Json.Null },
            { "lastTransitionTime", KubeTime.Seconds(old is { Status: "False", LastTransitionTime: { } since } ? since : time.GetUtcNow()) },
            { "observedGeneration", pod.Item.Meta.Generation },
        };
        var change = new JsonMap { { "conditions", JsonList.Of(condition) } };
        if (nominated is not null) change.Add("nominatedNodeName", nominated);
        await PatchStatus(pod, change, cancel);
    }

    public async Task Preempt(PodInfo pod, string node, IReadOnlyList<PodInfo> victims, IReadOnlyList<PodInfo> alsoNominated, CancellationToken cancel)
    {
        foreach (var victim in victims.Where(v => !v.Item.BeingDeleted))
        {
            var condition = new JsonMap
            {
                { "type", "DisruptionTarget" }, { "status", "True" }, { "reason", "PreemptionByScheduler" },
                { "message", $"{pod.SchedulerName}: preempting to accommodate a higher priority pod" }, { "lastProbeTime", Json.Null },
                { "lastTransitionTime", KubeTime.Seconds(time.GetUtcNow()) }, { "observedGeneration", victim.Item.Meta.Generation },
            };
            await PatchStatus(victim, new JsonMap { { "conditions", JsonList.Of(condition) } }, cancel);
            await api.Delete(Pods, victim.Namespace, victim.Name, new DeleteQuery { Uid = victim.Uid }, cancel);
            EventsOf(pod).Emit(victim.Item.Ref, "Normal", "Preempted", "Preempting", $"Preempted by pod {pod.Uid} on node {node}");
        }
        // Whoever was promised that room and matters less must look again.
        foreach (var other in alsoNominated) await PatchStatus(other, new JsonMap { { "nominatedNodeName", Json.Null } }, cancel);
    }

    /// <summary>Each profile tells what it does under its own name.</summary>
    private EventRecorder EventsOf(PodInfo pod) => recorders[pod.SchedulerName];

    // Condition by condition: what the scheduler remembers of a running pod's status is as old as its binding.
    private Task<Result<ApiObject>> PatchStatus(PodInfo pod, JsonMap status, CancellationToken cancel) =>
        api.Patch(Pods, pod.Namespace, pod.Name, PatchKind.Strategic,
            JsonWriter.ToUtf8(new JsonMap { { "metadata", new JsonMap { { "uid", pod.Uid } } }, { "status", status } }), "status", cancel: cancel);
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class PodHooks
{
    public static readonly KindHooks All = new()
    {
        Default = pod => PodSpecDefaults.Apply(pod.Map("spec"), isPod: true),
        PrepareCreate = pod =>
        {
            pod.Set("status", FirstStatus(pod));
            MatchLabelKeys.Apply(pod);
        },
        Validate = PodValidation.Check,
        ValidateUpdate = PodUpdateValidation.Check,
        ValidateStatusUpdate = PodUpdateValidation.CheckStatus,
        PartialUpdates = new Dictionary<string, PartialUpdate>
        {
            ["ephemeralcontainers"] = new(PodSubresources.KeepEphemeralContainers, PodSubresources.EphemeralContainers),
            ["resize"] = new(static (_, _) => { }, PodSubresources.Resize),
        },
        Warn = PodWarnings.OfPod,
        GraceSeconds = (pod, asked) => PodDeletion.GraceSeconds(pod, asked),
        ReturnsDeleted = true,
    };

    private static JsonMap FirstStatus(JsonMap pod)
    {
        var spec = pod.Map("spec") ?? [];
        var status = new JsonMap { { "phase", "Pending" }, { "qosClass", PodQos.Of(spec) } };
        if (spec.List("schedulingGates") is not { Count: > 0 }) return status;
        // The scheduler doesn't even look at such a pod, so it can't be the one to say so.
        status.Add("conditions", JsonList.Of(new JsonMap
        {
            { "type", "PodScheduled" }, { "status", "False" }, { "reason", "SchedulingGated" },
            { "message", "Scheduling is blocked due to non-empty scheduling gates" },
            { "lastProbeTime", Json.Null }, { "lastTransitionTime", pod.Map("metadata")?["creationTimestamp"] ?? Json.Null },
        }));
        return status;
    }
}

/// <summary>How long a deleted pod may take to end: pods that never reached a node, or have ended, take no time.</summary>
internal static class PodDeletion
{
    public static long GraceSeconds(JsonMap pod, long? asked)
    {
        var spec = pod.Map("spec");
        if (spec?.Text("nodeName") is not { Length: > 0 } || pod.Map("status")?.Text("phase") is "Succeeded" or "Failed") return 0;
        var seconds = asked ?? spec.Whole("terminationGracePeriodSeconds") ?? 0;
        return seconds < 0 ? 1 : seconds;
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class PodHooks
{
    public static readonly KindHooks All = new()
    {
        Default = pod => PodSpecDefaults.Apply(pod.Map("spec"), isPod: true),
        PrepareCreate = pod => pod.Set("status", new JsonMap { { "phase", "Pending" }, { "qosClass", PodQos.Of(pod.Map("spec") ?? []) } }),
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

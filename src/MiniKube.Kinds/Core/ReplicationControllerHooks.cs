using MiniKube.Kinds.Apps;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class ReplicationControllerHooks
{
    public static readonly KindHooks All = new()
    {
        Default = Default,
        Validate = Check,
        ValidateStatusUpdate = ReplicaSetHooks.CheckStatus,
        Warn = PodWarnings.OfWorkload,
    };

    /// <summary>Labels of the template stand in for an absent selector and absent labels.</summary>
    private static void Default(JsonMap controller)
    {
        var spec = controller.MapOrNew("spec");
        PodSpecDefaults.ApplyToTemplate(spec.Map("template"));
        if (spec.Map("template")?.Map("metadata")?.Map("labels") is not { Count: > 0 } labels) return;
        if (!spec.Has("selector")) spec.Set("selector", labels.Clone());
        var meta = controller.MapOrNew("metadata");
        if (!meta.Has("labels")) meta.Set("labels", labels.Clone());
    }

    private static void Check(JsonMap controller, List<FieldError> errors)
    {
        var spec = Spot.Root(controller, errors)["spec"];
        spec["minReadySeconds"].NotNegative();
        if (spec["selector"].Map.Count == 0) spec["selector"].Required();
        spec["replicas"].NotNegative();
        if (!spec["template"].IsSet) spec["template"].Required();
        else PodTemplateValidation.CheckForever(spec["template"], spec["selector"].Map, selectorIsMap: true, "ReplicationController");
    }
}

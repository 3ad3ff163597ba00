using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class ReplicaSetHooks
{
    public static readonly KindHooks All = new()
    {
        Default = set => PodSpecDefaults.ApplyToTemplate(set.Map("spec")?.Map("template")),
        Validate = Check,
        ValidateUpdate = (set, old, errors) => Spot.Root(set, errors)["spec"]["selector"].SameAs(old.Map("spec")?["selector"]),
        ValidateStatusUpdate = CheckStatus,
        Warn = PodWarnings.OfWorkload,
    };

    private static void Check(JsonMap set, List<FieldError> errors)
    {
        var spec = Spot.Root(set, errors)["spec"];
        spec["replicas"].NotNegative();
        spec["minReadySeconds"].NotNegative();
        PodTemplateValidation.Selector(spec["selector"], "deployment");
        PodTemplateValidation.CheckForever(spec["template"], spec["selector"].Value as JsonMap, selectorIsMap: false, "ReplicaSet");
    }

    internal static void CheckStatus(JsonMap set, JsonMap old, List<FieldError> errors)
    {
        var status = Spot.Root(set, errors)["status"];
        string[] parts = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"];
        foreach (var count in parts.Prepend("replicas").Append("observedGeneration")) status[count].NotNegative();
        foreach (var part in parts)
            if (status[part].Whole > (status["replicas"].Whole ?? 0)) status[part].Invalid("cannot be greater than status.replicas");
        if (status["availableReplicas"].Whole > (status["readyReplicas"].Whole ?? 0))
            status["availableReplicas"].Invalid("cannot be greater than readyReplicas");
    }
}

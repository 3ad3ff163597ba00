using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class DeploymentHooks
{
    public static readonly KindHooks All = new()
    {
        Default = Default,
        // Annotations travel to the ReplicaSets, so changing them is work for the controller too.
        ChangesGeneration = static (now, before) => !Same(now["spec"], before["spec"])
            || !Same(now.Map("metadata")?["annotations"], before.Map("metadata")?["annotations"]),
        Validate = Check,
        ValidateUpdate = (deployment, old, errors) => Spot.Root(deployment, errors)["spec"]["selector"].SameAs(old.Map("spec")?["selector"]),
        ValidateStatusUpdate = CheckStatus,
        Warn = PodWarnings.OfWorkload,
    };

    private static bool Same(Json? a, Json? b) => a is null ? b is null : a.SameAs(b);

    private static void Default(JsonMap deployment)
    {
        var spec = deployment.MapOrNew("spec");
        PodSpecDefaults.ApplyToTemplate(spec.Map("template"));
        var strategy = spec.MapOrNew("strategy");
        if (!strategy.Has("type")) strategy.Set("type", "RollingUpdate");
        if (strategy.Text("type") != "RollingUpdate") return;
        var rolling = strategy.MapOrNew("rollingUpdate");
        if (!rolling.Has("maxUnavailable")) rolling.Set("maxUnavailable", "25%");
        if (!rolling.Has("maxSurge")) rolling.Set("maxSurge", "25%");
    }

    private static void Check(JsonMap deployment, List<FieldError> errors)
    {
        var spec = Spot.Root(deployment, errors)["spec"];
        spec["replicas"].NotNegative();
        PodTemplateValidation.Selector(spec["selector"], "deployment");
        PodTemplateValidation.CheckForever(spec["template"], spec["selector"].Value as JsonMap, selectorIsMap: false, "ReplicaSet");
        Strategy(spec["strategy"]);
        spec["minReadySeconds"].NotNegative();
        spec["revisionHistoryLimit"].NotNegative();
        var deadline = spec["progressDeadlineSeconds"];
        deadline.NotNegative();
        if (deadline.Whole <= (spec["minReadySeconds"].Whole ?? 0)) deadline.Invalid("must be greater than minReadySeconds");
    }

    private static void Strategy(Spot strategy)
    {
        var rolling = strategy["rollingUpdate"];
        switch (strategy["type"].Text)
        {
            case "Recreate":
                if (rolling.IsSet) rolling.Forbidden("may not be specified when strategy `type` is 'Recreate'");
                break;
            case "RollingUpdate":
                var (unavailable, surge) = (rolling["maxUnavailable"], rolling["maxSurge"]);
                ValueRules.CountOrPercent(unavailable);
                ValueRules.CountOrPercent(surge);
                if (IsZero(unavailable) && IsZero(surge)) unavailable.Invalid("may not be 0 when `maxSurge` is 0");
                ValueRules.AtMostAll(unavailable);
                break;
            default:
                strategy["type"].NotSupported("Recreate", "RollingUpdate");
                break;
        }
    }

    internal static bool IsZero(Spot at) => IntOrString.From(at.Value) is { } value && (value.Number ?? value.Percent) == 0;

    private static void CheckStatus(JsonMap deployment, JsonMap old, List<FieldError> errors)
    {
        var status = Spot.Root(deployment, errors)["status"];
        foreach (var count in (ReadOnlySpan<string>)
            ["observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "collisionCount"])
            status[count].NotNegative();
        var total = status["replicas"].Whole ?? 0;
        foreach (var part in (ReadOnlySpan<string>)["updatedReplicas", "readyReplicas", "availableReplicas"])
            if (status[part].Whole > total) status[part].Invalid("cannot be greater than status.replicas");
        if (status["availableReplicas"].Whole > (status["readyReplicas"].Whole ?? 0))
            status["availableReplicas"].Invalid("cannot be greater than readyReplicas");
        if ((status["collisionCount"].Whole ?? 0) < (old.Map("status")?.Whole("collisionCount") ?? 0))
            status["collisionCount"].Invalid("cannot be decremented");
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Policy;

internal static class PodDisruptionBudgetHooks
{
    public static readonly KindHooks All = new() { Validate = Check };

    private static void Check(JsonMap budget, List<FieldError> errors)
    {
        var spec = Spot.Root(budget, errors)["spec"];
        var (min, max) = (spec["minAvailable"], spec["maxUnavailable"]);
        if (min.IsSet && max.IsSet)
            spec.Invalid(Shown(spec.Map), "minAvailable and maxUnavailable cannot be both set");
        foreach (var bound in (ReadOnlySpan<Spot>)[min, max])
        {
            if (!bound.IsSet) continue;
            ValueRules.CountOrPercent(bound);
            ValueRules.AtMostAll(bound);
        }
        if (spec["selector"].IsSet) SelectorRules.Check(spec["selector"]);
        spec["unhealthyPodEvictionPolicy"].OneOfIfSet("AlwaysAllow", "IfHealthyBudget");
    }

    /// <summary>Upstream shows its internal struct.</summary>
    private static JsonMap Shown(JsonMap spec) => new()
    {
        { "MinAvailable", spec["minAvailable"] ?? Json.Null }, { "Selector", spec["selector"] ?? Json.Null },
        { "MaxUnavailable", spec["maxUnavailable"] ?? Json.Null }, { "UnhealthyPodEvictionPolicy", spec["unhealthyPodEvictionPolicy"] ?? Json.Null },
    };
}

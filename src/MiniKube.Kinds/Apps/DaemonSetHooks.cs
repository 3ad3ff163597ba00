using System.Globalization;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class DaemonSetHooks
{
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";

    public static readonly KindHooks All = new()
    {
        Default = Default,
        PrepareCreate = set => set.MapOrNew("metadata").MapOrNew("annotations").Set(TemplateGeneration, "1"),
        PrepareUpdate = CountTemplateChanges,
        Validate = Check,
        ValidateUpdate = (set, old, errors) => Spot.Root(set, errors)["spec"]["selector"].SameAs(old.Map("spec")?["selector"]),
        Warn = (set, warnings) => PodWarnings.OfTemplate(set.Map("spec")?.Map("template"), "spec.template", warnings),
    };

    private static void Default(JsonMap set)
    {
        var spec = set.MapOrNew("spec");
        PodSpecDefaults.ApplyToTemplate(spec.Map("template"));
        var strategy = spec.MapOrNew("updateStrategy");
        if (!strategy.Has("type")) strategy.Set("type", "RollingUpdate");
        if (strategy.Text("type") != "RollingUpdate") return;
        var rolling = strategy.MapOrNew("rollingUpdate");
        if (!rolling.Has("maxUnavailable")) rolling.Set("maxUnavailable", 1);
        if (!rolling.Has("maxSurge")) rolling.Set("maxSurge", 0);
    }

    private static void CountTemplateChanges(JsonMap set, JsonMap old)
    {
        var was = old.Map("metadata")?.Map("annotations")?.Text(TemplateGeneration) ?? "1";
        var changed = set.Map("spec")?["template"]?.SameAs(old.Map("spec")?["template"]) != true;
        var count = changed && long.TryParse(was, out var n) ? (n + 1).ToString(CultureInfo.InvariantCulture) : was;
        set.MapOrNew("metadata").MapOrNew("annotations").Set(TemplateGeneration, count);
    }

    private static void Check(JsonMap set, List<FieldError> errors)
    {
        var spec = Spot.Root(set, errors)["spec"];
        var selector = spec["selector"];
        SelectorRules.Check(selector);
        var labels = spec["template"]["metadata"]["labels"];
        if (selector.IsSet && !SelectorRules.Matches(selector.Map, labels.Map)) labels.Invalid(labels.Map, "`selector` does not match template `labels`");
        if (SelectorRules.IsEmpty(selector.Value as JsonMap)) selector.Invalid(selector.Value ?? Json.Null, "empty selector is invalid for daemonset");
        PodTemplateValidation.Check(spec["template"]);
        var policy = spec["template"]["spec"]["restartPolicy"];
        if (policy.Text != "Always") policy.Under("spec.template.spec.restartPolicy").NotSupported("Always");
        if (spec["template"]["spec"]["activeDeadlineSeconds"].IsSet)
            spec["template"]["spec"]["activeDeadlineSeconds"].Forbidden("activeDeadlineSeconds in DaemonSet is not Supported");
        spec["minReadySeconds"].NotNegative();
        Strategy(spec["updateStrategy"]);
        spec["revisionHistoryLimit"].NotNegative();
    }

    private static void Strategy(Spot strategy)
    {
        switch (strategy["type"].Text)
        {
            case "OnDelete":
                break;
            case "RollingUpdate":
                var rolling = strategy["rollingUpdate"];
                var (unavailable, surge) = (rolling["maxUnavailable"], rolling["maxSurge"]);
                ValueRules.CountOrPercent(unavailable);
                ValueRules.CountOrPercent(surge);
                var (none, noSurge) = (DeploymentHooks.IsZero(unavailable), DeploymentHooks.IsZero(surge));
                if (!none && !noSurge) surge.Invalid("may not be set when maxUnavailable is non-zero");
                if (none && noSurge) unavailable.Required("cannot be 0 when maxSurge is 0");
                ValueRules.AtMostAll(unavailable);
                ValueRules.AtMostAll(surge);
                break;
            default:
                strategy["type"].NotSupported("RollingUpdate", "OnDelete");
                break;
        }
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Autoscaling;

internal static class HorizontalPodAutoscalerHooks
{
    private static readonly (string Type, string Field)[] Sources =
        [("Object", "object"), ("Pods", "pods"), ("Resource", "resource"), ("External", "external"), ("ContainerResource", "containerResource")];

    public static readonly KindHooks All = new() { Default = Default, Validate = (hpa, errors) => Check(Spot.Root(hpa, errors)["spec"]) };

    private static void Default(JsonMap hpa)
    {
        var spec = hpa.MapOrNew("spec");
        if (!spec.Has("metrics"))
            spec.Set("metrics", JsonList.Of(new JsonMap
            {
                { "type", "Resource" },
                { "resource", new JsonMap { { "name", "cpu" }, { "target", new JsonMap { { "type", "Utilization" }, { "averageUtilization", 80 } } } } },
            }));
        if (spec.Map("behavior") is not { } behavior) return;
        Rules(behavior, "scaleUp", 0, [("Pods", 4, 15), ("Percent", 100, 15)]);
        Rules(behavior, "scaleDown", null, [("Percent", 100, 15)]);
    }

    private static void Rules(JsonMap behavior, string direction, int? window, (string Type, int Value, int Period)[] policies)
    {
        var rules = behavior.MapOrNew(direction);
        if (!rules.Has("selectPolicy")) rules.Set("selectPolicy", "Max");
        if (!rules.Has("stabilizationWindowSeconds") && window is { } seconds) rules.Set("stabilizationWindowSeconds", seconds);
        if (!rules.Has("policies"))
            rules.Set("policies", new JsonList(policies.Select(p => (Json)new JsonMap { { "type", p.Type }, { "value", p.Value }, { "periodSeconds", p.Period } })));
    }

    private static void Check(Spot spec)
    {
        var (min, max) = (spec["minReplicas"], spec["maxReplicas"]);
        if (min.Whole < 1 && !(min.Whole == 0 && spec["metrics"].List.Maps().Any(m => m.Text("type") is "Object" or "External")))
            min.Invalid("must be greater than or equal to 1");
        if (max.Whole is null or < 1) max.Invalid(max.Value ?? 0, "must be greater than 0");
        if (min.Whole > (max.Whole ?? 0)) max.Invalid(max.Value ?? 0, "must be greater than or equal to `minReplicas`");
        Target(spec["scaleTargetRef"], needsGroup: true);
        foreach (var metric in spec["metrics"].Items()) Metric(metric);
        if (!spec["behavior"].IsSet) return;
        Scaling(spec["behavior"]["scaleUp"]);
        Scaling(spec["behavior"]["scaleDown"]);
    }

    private static void Target(Spot target, bool needsGroup)
    {
        foreach (var field in (ReadOnlySpan<string>)["kind", "name"])
        {
            if (target[field].IsBlank) target[field].Required();
            else target[field].Follows(NameRules.PathSegment);
        }
        var version = target["apiVersion"];
        if (version.IsBlank)
        {
            if (needsGroup) version.Invalid("", "apiVersion must specify API group");
        }
        else if (version.Text.Split('/').Length > 2)
        {
            version.Invalid($"unexpected GroupVersion string: {version.Text}");
        }
    }

    private static void Metric(Spot metric)
    {
        var type = metric["type"];
        var known = Sources.Select(s => s.Type).Order(StringComparer.Ordinal).ToArray();
        if (type.IsBlank) type.Required("must specify a metric source type");
        if (!known.Contains(type.Text)) type.NotSupported(known);
        var given = Sources.Where(s => metric[s.Field].IsSet).Select(s => s.Field).ToArray();
        if (given.Length > 0) Source(given[0], metric[given[0]]);
        var expected = Sources.FirstOrDefault(s => s.Type == type.Text).Field;
        // Upstream says it again when it has found no source to expect.
        if (expected is null) type.NotSupported(known);
        else if (!given.Contains(expected)) metric[expected].Required("must populate information for the given metric source");
        if (given.Length == 1) return;
        foreach (var field in given.Where(f => f != expected)) metric[field].Forbidden("must populate the given metric source only");
    }

    private static void Source(string field, Spot source)
    {
        if (field == "object") Target(source["describedObject"], needsGroup: false);
        if (field is "object" or "pods" or "external")
        {
            var name = source["metric"]["name"];
            if (name.IsBlank) name.Required("must specify a metric name");
            else name.Follows(NameRules.PathSegment);
            if (source["metric"]["selector"].IsSet) SelectorRules.Check(source["metric"]["selector"]);
        }
        else
        {
            if (field == "containerResource" && source["container"].IsBlank) source["container"].Required("must specify a container");
            if (source["name"].IsBlank) source["name"].Required("must specify a resource name");
        }
        Value(field, source["target"]);
    }

    private static void Value(string field, Spot target)
    {
        var type = target["type"];
        if (type.IsBlank) type.Required("must specify a metric target type");
        else if (type.Text is not ("Utilization" or "Value" or "AverageValue"))
            type.Invalid("must be either Utilization, Value, or AverageValue");
        foreach (var amount in (ReadOnlySpan<string>)["value", "averageValue"])
            if (target[amount].IsSet && target[amount].Quantity.Sign <= 0) target[amount].Invalid("must be positive");
        if (target["averageUtilization"].Whole < 1) target["averageUtilization"].Invalid("must be greater than 0");
        switch (field)
        {
            case "object" or "external":
                if (!target["value"].IsSet && !target["averageValue"].IsSet)
                    target["averageValue"].Required("must set either a target value for metric or a per-pod target");
                break;
            case "pods":
                if (!target["averageValue"].IsSet) target["averageValue"].Required("must specify a positive target averageValue");
                break;
            default:
                if (!target["averageUtilization"].IsSet && !target["averageValue"].IsSet)
                    target["averageUtilization"].Required("must set either a target raw value or a target utilization");
                if (target["averageUtilization"].IsSet && target["averageValue"].IsSet)
                    target["averageValue"].Forbidden("may not set both a target raw value and a target utilization");
                break;
        }
    }

    private static void Scaling(Spot rules)
    {
        if (!rules.IsSet) return;
        var window = rules["stabilizationWindowSeconds"];
        if (window.Whole < 0) window.Invalid("must be greater than or equal to zero");
        if (window.Whole > 3600) window.Invalid("must be less than or equal to 3600");
        rules["selectPolicy"].OneOfIfSet("Disabled", "Max", "Min");
        if (rules["policies"].List.Count == 0) rules["policies"].Required("must specify at least one Policy");
        foreach (var policy in rules["policies"].Items())
        {
            if (policy["type"].Text is not ("Pods" or "Percent")) policy["type"].NotSupported("Percent", "Pods");
            if (policy["value"].Whole is not > 0) policy["value"].Invalid(policy["value"].Value ?? 0, "must be greater than zero");
            if (policy["periodSeconds"].Whole is not > 0) policy["periodSeconds"].Invalid(policy["periodSeconds"].Value ?? 0, "must be greater than zero");
            if (policy["periodSeconds"].Whole > 1800) policy["periodSeconds"].Invalid("must be less than or equal to 1800");
        }
    }
}

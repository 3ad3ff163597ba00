namespace MiniKube.Machinery;

/// <summary>LabelSelectors as they stand in specs.</summary>
public static class SelectorRules
{
    public static void Check(Spot selector)
    {
        ObjectMetaRules.Labels(selector["matchLabels"].Value as JsonMap, selector["matchLabels"].Path, selector.Errors);
        foreach (var expression in selector["matchExpressions"].Items())
        {
            var values = expression["values"];
            switch (expression["operator"].Text)
            {
                case "In" or "NotIn":
                    if (values.List.Count == 0) values.Required("must be specified when `operator` is 'In' or 'NotIn'");
                    break;
                case "Exists" or "DoesNotExist":
                    if (values.List.Count > 0) values.Forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    break;
                default:
                    expression["operator"].Invalid(expression["operator"].Text, "not a valid selector operator");
                    break;
            }
            LabelKey(expression["key"]);
            foreach (var value in values.Items()) value.Follows(LabelRules.ValueFaults);
        }
    }

    public static void LabelKey(Spot key)
    {
        foreach (var fault in LabelRules.Key(key.Text)) key.Invalid(key.Text, fault);
    }

    public static bool IsEmpty(JsonMap? selector) =>
        selector is null || ((selector.Map("matchLabels")?.Count ?? 0) == 0 && (selector.List("matchExpressions")?.Count ?? 0) == 0);

    public static bool Matches(JsonMap? selector, JsonMap? labels)
    {
        if (selector is null) return false;
        foreach (var (key, value) in selector.Map("matchLabels") ?? [])
            if (labels?[key]?.SameAs(value) != true) return false;
        foreach (var expression in (selector.List("matchExpressions") ?? []).Maps())
        {
            var has = labels?.Text(expression.Text("key") ?? "");
            var among = has is not null && (expression.List("values") ?? []).Texts().Contains(has);
            var fits = expression.Text("operator") switch
            {
                "In" => among,
                "NotIn" => !among,
                "Exists" => has is not null,
                "DoesNotExist" => has is null,
                _ => false,
            };
            if (!fits) return false;
        }
        return true;
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Affinities, tolerations, taints and spreading.</summary>
public static class AffinityValidation
{
    internal static void Affinity(Spot affinity)
    {
        if (affinity["nodeAffinity"] is { IsSet: true } node)
        {
            if (node["requiredDuringSchedulingIgnoredDuringExecution"] is { IsSet: true } required) NodeSelector(required);
            foreach (var term in node["preferredDuringSchedulingIgnoredDuringExecution"].Items())
            {
                Weight(term);
                NodeSelectorTerm(term["preference"], checkValues: false);
            }
        }
        Pods(affinity["podAffinity"]);
        Pods(affinity["podAntiAffinity"]);
    }

    private static void Pods(Spot affinity)
    {
        foreach (var term in affinity["requiredDuringSchedulingIgnoredDuringExecution"].Items()) PodTerm(term);
        foreach (var weighted in affinity["preferredDuringSchedulingIgnoredDuringExecution"].Items())
        {
            Weight(weighted);
            PodTerm(weighted["podAffinityTerm"]);
        }
    }

    private static void Weight(Spot term)
    {
        if (term["weight"].Whole is not (>= 1 and <= 100)) term["weight"].Invalid(term["weight"].Value ?? 0, "must be in the range 1-100");
    }

    private static void PodTerm(Spot term)
    {
        if (term["labelSelector"].IsSet) SelectorRules.Check(term["labelSelector"]);
        if (term["namespaceSelector"].IsSet) SelectorRules.Check(term["namespaceSelector"]);
        foreach (var name in term["namespaces"].Items()) name.Under(term.Path + ".namespace").Follows(NameRules.DnsLabel);
        LabelKeys(term);
        if (term["topologyKey"].IsBlank) term["topologyKey"].Required("can not be empty");
        SelectorRules.LabelKey(term["topologyKey"]);
    }

    private static void LabelKeys(Spot term)
    {
        var (match, mismatch) = (term["matchLabelKeys"], term["mismatchLabelKeys"]);
        if ((match.List.Count > 0 || mismatch.List.Count > 0) && !term["labelSelector"].IsSet)
        {
            if (match.List.Count > 0) match.Forbidden("must not be specified when labelSelector is not set");
            if (mismatch.List.Count > 0) mismatch.Forbidden("must not be specified when labelSelector is not set");
        }
        foreach (var key in match.Items().Concat(mismatch.Items())) SelectorRules.LabelKey(key);
        MatchLabelKeys.Check(term, term);
        foreach (var key in match.Items())
            if (mismatch.Texts.Contains(key.Text)) key.Invalid("exists in both matchLabelKeys and mismatchLabelKeys");
    }

    public static void NodeSelector(Spot selector)
    {
        var terms = selector["nodeSelectorTerms"];
        if (terms.List.Count == 0) terms.Required("must have at least one node selector term");
        foreach (var term in terms.Items()) NodeSelectorTerm(term, checkValues: true);
    }

    private static void NodeSelectorTerm(Spot term, bool checkValues)
    {
        foreach (var requirement in term["matchExpressions"].Items())
        {
            var values = requirement["values"];
            switch (requirement["operator"].Text)
            {
                case "In" or "NotIn":
                    if (values.List.Count == 0) values.Required("must be specified when `operator` is 'In' or 'NotIn'");
                    break;
                case "Exists" or "DoesNotExist":
                    if (values.List.Count > 0) values.Forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    break;
                case "Gt" or "Lt":
                    if (values.List.Count != 1) values.Required("must be specified single value when `operator` is 'Lt' or 'Gt'");
                    break;
                default:
                    requirement["operator"].Invalid(requirement["operator"].Text, "not a valid selector operator");
                    break;
            }
            SelectorRules.LabelKey(requirement["key"]);
            if (!checkValues) continue;
            foreach (var value in values.Items()) value.Follows(LabelRules.ValueFaults);
        }
        foreach (var requirement in term["matchFields"].Items())
        {
            var values = requirement["values"];
            if (requirement["operator"].Text is not ("In" or "NotIn"))
                requirement["operator"].Invalid(requirement["operator"].Text, "not a valid selector operator");
            else if (values.List.Count != 1)
                values.Required("must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
            if (requirement["key"].Text != "metadata.name") requirement["key"].Invalid(requirement["key"].Text, "not a valid field selector key");
            else foreach (var value in values.Items()) value.Follows(NameRules.DnsSubdomain);
        }
    }

    public static void Tolerations(Spot tolerations)
    {
        foreach (var toleration in tolerations.Items())
        {
            var (key, op, value, effect) = (toleration["key"], toleration["operator"], toleration["value"], toleration["effect"]);
            if (!key.IsBlank) SelectorRules.LabelKey(key);
            if (key.IsBlank && op.Text != "Exists")
                op.Invalid(op.Text, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            if (toleration["tolerationSeconds"].IsSet && effect.Text != "NoExecute")
                effect.Invalid(effect.Text, "effect must be 'NoExecute' when `tolerationSeconds` is set");
            switch (op.Text)
            {
                case "Equal" or "":
                    var faults = LabelRules.ValueFaults(value.Text).ToArray();
                    if (faults.Length > 0) op.Invalid(value.Text, string.Join(";", faults));
                    break;
                case "Exists":
                    if (!value.IsBlank) op.Invalid(value.Text, "value must be empty when `operator` is 'Exists'");
                    break;
                default:
                    op.NotSupported("Equal", "Exists");
                    break;
            }
            if (!effect.IsBlank) Effect(effect);
        }
    }

    public static void Taints(Spot taints)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var taint in taints.Items())
        {
            SelectorRules.LabelKey(taint["key"]);
            var faults = LabelRules.ValueFaults(taint["value"].Text).ToArray();
            if (faults.Length > 0) taint["value"].Invalid(string.Join(";", faults));
            if (taint["effect"].IsBlank) taint["effect"].Required();
            else Effect(taint["effect"]);
            if (!seen.Add((taint["key"].Text, taint["effect"].Text)))
                taint.Errors.Add(new(taint.Path, FieldFault.Duplicate, $"Duplicate value: {taint.Value}: taints must be unique by key and effect pair"));
        }
    }

    private static void Effect(Spot effect)
    {
        if (effect.Text is not ("NoSchedule" or "PreferNoSchedule" or "NoExecute")) effect.NotSupported("NoSchedule", "PreferNoSchedule", "NoExecute");
    }

    internal static void Spread(Spot constraints)
    {
        var seen = new HashSet<(string, string)>();
        foreach (var constraint in constraints.Items())
        {
            var (skew, key, when) = (constraint["maxSkew"], constraint["topologyKey"], constraint["whenUnsatisfiable"]);
            if (skew.Whole is not > 0) skew.Invalid(skew.Value ?? 0, "must be greater than zero");
            if (key.IsBlank) key.Required("can not be empty");
            else SelectorRules.LabelKey(key);
            if (when.Text is not ("DoNotSchedule" or "ScheduleAnyway")) when.NotSupported("DoNotSchedule", "ScheduleAnyway");
            if (!seen.Add((key.Text, when.Text)))
                constraints.Under($"{constraint.Path}.{{topologyKey, whenUnsatisfiable}}").Duplicate($"{{{key.Text}, {when.Text}}}");
            var domains = constraint["minDomains"];
            if (domains.Whole <= 0) domains.Invalid("must be greater than zero");
            if (domains.IsSet && when.Text != "DoNotSchedule")
                domains.Invalid($"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when.Text}");
            constraint["nodeAffinityPolicy"].OneOfIfSet("Honor", "Ignore");
            constraint["nodeTaintsPolicy"].OneOfIfSet("Honor", "Ignore");
            var keys = constraint["matchLabelKeys"];
            if (keys.List.Count > 0 && !constraint["labelSelector"].IsSet)
                keys.Forbidden("must not be specified when labelSelector is not set");
            foreach (var label in keys.Items()) SelectorRules.LabelKey(label);
            MatchLabelKeys.Check(constraint, keys);
            if (constraint["labelSelector"].IsSet) SelectorRules.Check(constraint["labelSelector"]);
        }
    }
}

using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Kinds that are little more than a name: namespace, serviceaccount, quota, poddisruptionbudget, priorityclass.</summary>
internal static class CreateSimple
{
    public static readonly Verb Namespace = CreateVerb.Kind("namespace", "Create a namespace with the specified name", "kubectl create namespace NAME [--dry-run=server|client|none] [options]", "namespaces", [],
        (_, name) =>
        {
            var o = CreateVerb.Object("v1", "Namespace", name);
            o.Set("spec", new JsonMap());
            o.Set("status", new JsonMap());
            return o;
        }, "ns");

    public static readonly Verb ServiceAccount = CreateVerb.Kind("serviceaccount", "Create a service account with the specified name", "kubectl create serviceaccount NAME [options]", "serviceaccounts", [],
        (_, name) => CreateVerb.Object("v1", "ServiceAccount", name), "sa");

    public static readonly Verb Quota = CreateVerb.Kind("quota", "Create a quota with the specified name", "kubectl create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [options]", "resourcequotas",
        [FlagSpec.Text("hard", "resource=amount, divided by commas"), FlagSpec.Text("scopes", "What the quota counts")], (call, name) =>
        {
            var o = CreateVerb.Object("v1", "ResourceQuota", name);
            var spec = o.MapOrNew("spec");
            if (call.Text("hard").Length > 0) spec.Set("hard", CreateVerb.Pairs(call.Text("hard").Split(','), "argument syntax"));
            if (call.Text("scopes").Length > 0) spec.Set("scopes", JsonList.OfTexts(call.Text("scopes").Split(',')));
            o.Set("status", new JsonMap());
            return o;
        }, "resourcequota");

    public static readonly Verb PodDisruptionBudget = CreateVerb.Kind("poddisruptionbudget", "Create a pod disruption budget with the specified name", "kubectl create poddisruptionbudget NAME --selector=SELECTOR --min-available=N [options]", "poddisruptionbudgets",
        [FlagSpec.Text("selector", "Whose budget it is"), FlagSpec.Text("min-available", "How many must stay, or how many percent"), FlagSpec.Text("max-unavailable", "How many may be gone, or how many percent")], (call, name) =>
        {
            if (call.Text("selector").Length == 0) throw new Failure("a selector must be specified");
            if (call.Text("min-available").Length > 0 == call.Text("max-unavailable").Length > 0) throw new Failure(call.Text("min-available").Length > 0 ? "min-available and max-unavailable cannot be both specified" : "one of min-available or max-unavailable must be specified");
            var o = CreateVerb.Object("policy/v1", "PodDisruptionBudget", name);
            var spec = o.MapOrNew("spec");
            foreach (var (flag, field) in (ReadOnlySpan<(string, string)>)[("min-available", "minAvailable"), ("max-unavailable", "maxUnavailable")])
                if (call.Text(flag) is { Length: > 0 } amount) spec.Set(field, long.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : amount);
            spec.Set("selector", CreateVerb.LabelSelector(call.Text("selector")));
            o.Set("status", new JsonMap { { "currentHealthy", 0 }, { "desiredHealthy", 0 }, { "disruptionsAllowed", 0 }, { "expectedPods", 0 } });
            return o;
        }, "pdb");

    public static readonly Verb PriorityClass = CreateVerb.Kind("priorityclass", "Create a priority class with the specified name", "kubectl create priorityclass NAME --value=VALUE --global-default=BOOL [options]", "priorityclasses",
        [FlagSpec.Number("value", "The priority"), FlagSpec.Switch("global-default", "For pods that name none"), FlagSpec.Text("description", "When to use it"), FlagSpec.Text("preemption-policy", "PreemptLowerPriority or Never", standard: "PreemptLowerPriority")], (call, name) =>
        {
            var o = CreateVerb.Object("scheduling.k8s.io/v1", "PriorityClass", name);
            o.Set("value", call.Words.Number("value"));
            if (call.Switch("global-default")) o.Set("globalDefault", true);
            if (call.Text("description") is { Length: > 0 } description) o.Set("description", description);
            o.Set("preemptionPolicy", call.Text("preemption-policy"));
            return o;
        }, "pc");
}

using MiniKube.Machinery;
using MiniKube.Machinery.Cel;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>Where a policy is in force, with which parameters, and what becomes of what it finds.</summary>
internal sealed record PolicyBinding(string Name, string Policy, MatchRules Match, JsonMap? Params, bool Denies, bool Warns, bool Audits, IReadOnlyList<string> Actions)
{
    public static PolicyBinding Of(JsonMap binding)
    {
        var spec = binding.Map("spec") ?? [];
        string[] actions = [.. (spec.List("validationActions") ?? []).Texts()];
        return new(binding.Map("metadata")!.Text("name")!, spec.Text("policyName") ?? "", MatchRules.Of(spec.Map("matchResources")), spec.Map("paramRef"),
            actions.Contains("Deny"), actions.Contains("Warn"), actions.Contains("Audit"), actions);
    }
}

/// <summary>What policies of both kinds have in common: whom they look at, under which conditions, with which variables. Pure.</summary>
internal abstract class AdmissionPolicy
{
    public const string Group = "admissionregistration.k8s.io";

    private readonly MatchConditions conditions;
    private readonly Dictionary<string, PolicyExpression> variables = new(StringComparer.Ordinal);

    protected AdmissionPolicy(JsonMap policy, IReadOnlyList<PolicyBinding> bindings)
    {
        var spec = policy.Map("spec") ?? [];
        Name = policy.Map("metadata")!.Text("name")!;
        Bindings = bindings;
        Ignores = spec.Text("failurePolicy") == "Ignore";
        Match = MatchRules.Of(spec.Map("matchConstraints"));
        if (spec.Map("paramKind") is { } kind) Params = (kind.Text("apiVersion") ?? "", kind.Text("kind") ?? "");
        conditions = MatchConditions.Of(spec.List("matchConditions"), Names(), Ignores);
        foreach (var variable in (spec.List("variables") ?? []).Maps())
            variables[variable.Text("name") ?? ""] = PolicyExpression.Of(variable.Text("expression") ?? "", Names());
        Requires(conditions.All.Concat(variables.Values));
    }

    public string Name { get; }

    /// <summary>What goes wrong while looking lets the request pass.</summary>
    public bool Ignores { get; }

    public MatchRules Match { get; }
    public (string ApiVersion, string Kind)? Params { get; }
    public IReadOnlyList<PolicyBinding> Bindings { get; }

    /// <summary>An expression that can't be run: the policy can't be put in force.</summary>
    public string? Fault { get; private set; }

    protected static IEnumerable<(JsonMap Policy, IReadOnlyList<PolicyBinding> Bindings)> InForce(ISnapshot snapshot, string[] collections)
    {
        var bindings = snapshot.List(collections[1]).Select(e => PolicyBinding.Of(ObjectCodec.Kept(e))).ToLookup(b => b.Policy, StringComparer.Ordinal);
        foreach (var entry in snapshot.List(collections[0]))
            if (bindings[entry.Key.Name].ToList() is { Count: > 0 } own) yield return (ObjectCodec.Kept(entry), own);
    }

    protected void Requires(IEnumerable<PolicyExpression> expressions) => Fault ??= expressions.Select(e => e.Fault).FirstOrDefault(f => f is not null);

    protected IReadOnlyDictionary<string, Schema?> Names() => CelAdmission.ForPolicies(Params is not null, variables.Keys);

    /// <summary>Whether the policy looks at this request at all. Adds its variables to the values.</summary>
    protected (bool Holds, string? Fault) Looks(Dictionary<string, object?> values)
    {
        values["variables"] = new PolicyVariables(variables, values);
        return conditions.Look(values);
    }
}

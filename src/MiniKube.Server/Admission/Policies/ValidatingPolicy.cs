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

/// <summary>What a policy has against a request. Reason is what the answer will say it was.</summary>
internal sealed record PolicyFinding(string Message, string Reason, int Index);

/// <summary>A ValidatingAdmissionPolicy, its expressions compiled, with the bindings that put it in force. Pure.</summary>
internal sealed class ValidatingPolicy
{
    public const string Group = "admissionregistration.k8s.io";
    public static readonly string[] Collections = [$"validatingadmissionpolicies.{Group}", $"validatingadmissionpolicybindings.{Group}"];

    private readonly MatchConditions conditions;
    private readonly Dictionary<string, PolicyExpression> variables = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<Check> checks;
    private readonly IReadOnlyList<(string Key, PolicyExpression Value)> annotations;

    private ValidatingPolicy(JsonMap policy, IReadOnlyList<PolicyBinding> bindings)
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
        var names = Names();
        checks = [.. (spec.List("validations") ?? []).Maps().Select((v, i) => Check.Of(v, i, names))];
        annotations = [.. (spec.List("auditAnnotations") ?? []).Maps().Select(a => (a.Text("key") ?? "", PolicyExpression.Of(a.Text("valueExpression") ?? "", names)))];
        Fault = conditions.All.Concat(variables.Values).Concat(checks.SelectMany(c => c.Expressions)).Concat(annotations.Select(a => a.Value)).Select(e => e.Fault).FirstOrDefault(f => f is not null);
    }

    public string Name { get; }
    public bool Ignores { get; }
    public MatchRules Match { get; }
    public (string ApiVersion, string Kind)? Params { get; }
    public IReadOnlyList<PolicyBinding> Bindings { get; }

    /// <summary>An expression that can't be run: the policy can't be put in force.</summary>
    public string? Fault { get; }

    /// <summary>The policies that are in force somewhere.</summary>
    public static IReadOnlyList<ValidatingPolicy> All(ISnapshot snapshot)
    {
        var bindings = snapshot.List(Collections[1]).Select(e => PolicyBinding.Of(ObjectCodec.Kept(e))).ToLookup(b => b.Policy, StringComparer.Ordinal);
        return [.. snapshot.List(Collections[0]).Select(e => ObjectCodec.Kept(e)).Where(p => bindings.Contains(p.Map("metadata")!.Text("name")!))
            .Select(p => new ValidatingPolicy(p, [.. bindings[p.Map("metadata")!.Text("name")!]]))];
    }

    /// <summary>Looks at one request with one set of parameters. The values are the policy's own to add to.</summary>
    public (IReadOnlyList<PolicyFinding> Findings, IReadOnlyList<(string Key, string Value)> Annotations) Judge(Dictionary<string, object?> values)
    {
        values["variables"] = new PolicyVariables(variables, values);
        var (holds, fault) = conditions.Look(values);
        if (fault is not null) return ([new(fault, "Invalid", -1)], []);
        if (!holds) return ([], []);
        var findings = new List<PolicyFinding>();
        foreach (var check in checks)
            if (check.Look(values, Ignores) is { } finding) findings.Add(finding);
        return (findings, Annotate(values, findings));
    }

    private List<(string, string)> Annotate(Dictionary<string, object?> values, List<PolicyFinding> findings)
    {
        var said = new List<(string, string)>();
        foreach (var (key, expression) in annotations)
        {
            switch (expression.Run(values))
            {
                case string text when text.Trim().Length > 0:
                    said.Add(($"{Name}/{key}", text.Trim()));
                    break;
                case CelError error when !Ignores:
                    findings.Add(new(error.Message, "Invalid", -1));
                    break;
            }
        }
        return said;
    }

    private IReadOnlyDictionary<string, Schema?> Names() => CelAdmission.ForPolicies(Params is not null, variables.Keys);

    private sealed record Check(int Index, PolicyExpression Expression, PolicyExpression? Words, string? Message, string Reason)
    {
        private const int LongestMessage = 5 * 1024;

        public static Check Of(JsonMap validation, int index, IReadOnlyDictionary<string, Schema?> names) => new(index,
            PolicyExpression.Of(validation.Text("expression") ?? "", names),
            validation.Text("messageExpression") is { Length: > 0 } words ? PolicyExpression.Of(words, names) : null,
            validation.Text("message"), validation.Text("reason") ?? "Invalid");

        public IEnumerable<PolicyExpression> Expressions => Words is null ? [Expression] : [Expression, Words];

        public PolicyFinding? Look(Dictionary<string, object?> values, bool ignoreFaults) => Expression.Run(values) switch
        {
            true => null,
            CelError error => ignoreFaults ? null : new(error.Message, "Invalid", Index),
            _ => new(Say(values), Reason, Index),
        };

        private string Say(Dictionary<string, object?> values)
        {
            if (Words?.Run(values) is string said && said.Trim() is { Length: > 0 and <= LongestMessage } text && !text.Contains('\n')) return text;
            return Message is { Length: > 0 } ? Message.Trim() : $"failed expression: {Expression.Text.Trim()}";
        }
    }
}

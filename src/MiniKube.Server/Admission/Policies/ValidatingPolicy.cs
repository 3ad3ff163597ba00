using MiniKube.Machinery;
using MiniKube.Machinery.Cel;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>What a policy has against a request. Reason is what the answer will say it was.</summary>
internal sealed record PolicyFinding(string Message, string Reason, int Index);

/// <summary>A ValidatingAdmissionPolicy. Pure.</summary>
internal sealed class ValidatingPolicy : AdmissionPolicy
{
    public static readonly string[] Collections = [$"validatingadmissionpolicies.{Group}", $"validatingadmissionpolicybindings.{Group}"];

    private readonly IReadOnlyList<Check> checks;
    private readonly IReadOnlyList<(string Key, PolicyExpression Value)> annotations;

    private ValidatingPolicy(JsonMap policy, IReadOnlyList<PolicyBinding> bindings) : base(policy, bindings)
    {
        var spec = policy.Map("spec") ?? [];
        checks = [.. (spec.List("validations") ?? []).Maps().Select((v, i) => Check.Of(v, i, Names()))];
        annotations = [.. (spec.List("auditAnnotations") ?? []).Maps().Select(a => (a.Text("key") ?? "", PolicyExpression.Of(a.Text("valueExpression") ?? "", Names())))];
        Requires(checks.SelectMany(c => c.Expressions).Concat(annotations.Select(a => a.Value)));
    }

    /// <summary>The policies that are in force somewhere.</summary>
    public static IReadOnlyList<ValidatingPolicy> All(ISnapshot snapshot) => [.. InForce(snapshot, Collections).Select(p => new ValidatingPolicy(p.Policy, p.Bindings))];

    /// <summary>Looks at one request with one set of parameters. The values are the policy's own to add to.</summary>
    public (IReadOnlyList<PolicyFinding> Findings, IReadOnlyList<(string Key, string Value)> Annotations) Judge(Dictionary<string, object?> values)
    {
        var (holds, fault) = Looks(values);
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

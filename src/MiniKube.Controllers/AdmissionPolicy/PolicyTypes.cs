using MiniKube.Kinds;
using MiniKube.Kinds.Admission;
using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Controllers;

/// <summary>Holds a policy's expressions to the kinds it names: a field that none of them has is a slip of the pen. Pure.</summary>
public static class PolicyTypes
{
    // As many as upstream looks at; a policy about everything is about nothing in particular.
    private const int MostKinds = 10;

    public static IReadOnlyList<ExpressionWarning> Warnings(ValidatingAdmissionPolicySpec spec)
    {
        var kinds = KindsOf(spec.MatchConstraints);
        if (kinds.Count == 0) return [];
        var variables = (spec.Variables ?? []).Select(v => v.Name ?? "");
        var names = CelAdmission.ForPolicies(spec.ParamKind is not null, variables);
        List<ExpressionWarning> warnings = [];
        foreach (var (validation, i) in (spec.Validations ?? []).Select((v, i) => (v, i)))
        {
            if (Look(validation.Expression, names, kinds) is { } fault) warnings.Add(new() { FieldRef = $"spec.validations[{i}].expression", Warning = fault });
            if (Look(validation.MessageExpression, names, kinds) is { } unsaid) warnings.Add(new() { FieldRef = $"spec.validations[{i}].messageExpression", Warning = unsaid });
        }
        return warnings;
    }

    /// <summary>The kinds that are named without a wildcard, in the order of their names.</summary>
    private static IReadOnlyList<Kind> KindsOf(MatchResources? match) =>
    [
        .. (match?.ResourceRules ?? []).Where(r => !(r.ApiGroups ?? []).Concat(r.ApiVersions ?? []).Concat(r.Resources ?? []).Any(n => n.Contains('*')))
            .SelectMany(r => from g in r.ApiGroups ?? [] from v in r.ApiVersions ?? [] from n in r.Resources ?? [] select (g, v, n))
            .Select(n => BuiltInKinds.All.FirstOrDefault(k => (k.Group, k.Version, k.Plural) == n)).OfType<Kind>().Distinct()
            .OrderBy(k => k.Group, StringComparer.Ordinal).ThenBy(k => k.Version, StringComparer.Ordinal).ThenBy(k => k.Name, StringComparer.Ordinal).Take(MostKinds),
    ];

    private static string? Look(string? expression, IReadOnlyDictionary<string, Schema?> names, IReadOnlyList<Kind> kinds)
    {
        if (string.IsNullOrEmpty(expression)) return null;
        string[] faults =
        [
            .. from kind in kinds
               let typed = new Dictionary<string, Schema?>(names) { ["object"] = kind.Schema.Value, ["oldObject"] = kind.Schema.Value }
               let fault = CelProgram.Compile(expression, typed).Fault
               where fault is not null
               select $"{kind.ApiVersion}, Kind={kind.Name}: {fault}",
        ];
        return faults.Length == 0 ? null : string.Join('\n', faults);
    }
}

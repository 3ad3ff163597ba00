using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Server;

/// <summary>An expression of a policy, ready to run, or why it can't.</summary>
internal sealed record PolicyExpression(string Text, CelProgram? Program, string? Fault)
{
    public static PolicyExpression Of(string text, IReadOnlyDictionary<string, Schema?> names)
    {
        var (program, fault) = CelProgram.Compile(text, names);
        return new(text, program, fault);
    }

    /// <summary>The value; a fault says whose it is.</summary>
    public object? Run(IReadOnlyDictionary<string, object?> values) => Program?.Run(values) switch
    {
        CelError error => new CelError($"expression '{Text}' resulted in error: {error.Message}"),
        var value => value,
    };
}

/// <summary>The variables of a policy: each is worked out when it is first asked for, once.</summary>
internal sealed class PolicyVariables(IReadOnlyDictionary<string, PolicyExpression> expressions, IReadOnlyDictionary<string, object?> values) : ICelFields
{
    private readonly Dictionary<string, object?> known = new(StringComparer.Ordinal);

    public bool TryGet(string name, out object? value)
    {
        if (known.TryGetValue(name, out value)) return true;
        if (!expressions.TryGetValue(name, out var expression)) return false;
        value = expression.Run(values) is var result && result is CelError error ? new CelError($"composited variable \"{name}\" fails to evaluate: {error.Message}") : result;
        known[name] = value;
        return true;
    }
}

/// <summary>Conditions under which a policy or a webhook looks at a request at all.</summary>
internal sealed class MatchConditions(IReadOnlyList<PolicyExpression> conditions, bool ignoreFaults)
{
    public static MatchConditions Of(JsonList? conditions, IReadOnlyDictionary<string, Schema?> names, bool ignoreFaults) =>
        new([.. (conditions ?? []).Maps().Select(c => PolicyExpression.Of(c.Text("expression") ?? "", names))], ignoreFaults);

    public IEnumerable<PolicyExpression> All => conditions;

    /// <summary>One that doesn't hold decides, whatever is wrong with the others.</summary>
    public (bool Holds, string? Fault) Look(IReadOnlyDictionary<string, object?> values)
    {
        string? fault = null;
        foreach (var condition in conditions)
        {
            var result = condition.Run(values);
            if (result is false) return (false, null);
            if (result is not true) fault ??= (result as CelError)?.Message ?? $"expression '{condition.Text}' does not say yes or no";
        }
        return fault is null ? (true, null) : (false, ignoreFaults ? null : fault);
    }
}

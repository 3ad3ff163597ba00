namespace MiniKube.Machinery.Cel;

/// <summary>What expressions about admission can refer to: the same when they are written down and when they run.</summary>
public static class CelAdmission
{
    private static readonly Schema Anything = new() { Type = SchemaType.Any };

    /// <summary>The names a webhook's conditions know.</summary>
    public static readonly IReadOnlyDictionary<string, Schema?> ForWebhooks = new Dictionary<string, Schema?>
    {
        ["object"] = null, ["oldObject"] = null, ["request"] = null, ["authorizer"] = null,
    };

    /// <summary>The names a policy knows, given the variables declared so far.</summary>
    public static IReadOnlyDictionary<string, Schema?> ForPolicies(bool withParams, IEnumerable<string> variables)
    {
        var names = new Dictionary<string, Schema?>(ForWebhooks)
        {
            ["namespaceObject"] = null,
            ["variables"] = new Schema { Type = SchemaType.Object, Fields = new FieldSet([.. variables.Distinct(StringComparer.Ordinal).Select(v => new Field(v, Anything))]) },
        };
        if (withParams) names["params"] = null;
        return names;
    }

    /// <summary>What a mutating policy's changes know besides: the types they are made of.</summary>
    public static IReadOnlyDictionary<string, Schema?> ForMutations(IReadOnlyDictionary<string, Schema?> policy) => new Dictionary<string, Schema?>(policy)
    {
        ["Object"] = null,
        ["JSONPatch"] = new Schema { Type = SchemaType.Object, Fields = new FieldSet([.. ((string[])["op", "path", "from", "value"]).Select(f => new Field(f, Anything))]) },
    };

    /// <summary>What is wrong with an expression, as whoever writes it down is told; null when nothing is.</summary>
    public static string? Fault(string expression, IReadOnlyDictionary<string, Schema?> names) =>
        CelProgram.Compile(expression, names).Fault is { } fault ? $"compilation failed: {fault}" : null;
}

using MiniKube.Machinery;
using MiniKube.Machinery.Cel;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>A MutatingAdmissionPolicy: what it makes of an object. Pure.</summary>
internal sealed class MutatingPolicy : AdmissionPolicy
{
    public static readonly string[] Collections = [$"mutatingadmissionpolicies.{Group}", $"mutatingadmissionpolicybindings.{Group}"];

    private readonly IReadOnlyList<(bool IsPatch, PolicyExpression Expression)> mutations;

    private MutatingPolicy(JsonMap policy, IReadOnlyList<PolicyBinding> bindings) : base(policy, bindings)
    {
        var spec = policy.Map("spec") ?? [];
        var names = CelAdmission.ForMutations(Names());
        mutations = [.. (spec.List("mutations") ?? []).Maps().Select(m => m.Text("patchType") == "JSONPatch"
            ? (true, PolicyExpression.Of(m.Map("jsonPatch")?.Text("expression") ?? "", names))
            : (false, PolicyExpression.Of(m.Map("applyConfiguration")?.Text("expression") ?? "", names)))];
        Reinvoked = spec.Text("reinvocationPolicy") == "IfNeeded";
        Requires(mutations.Select(m => m.Expression));
    }

    /// <summary>Whether it is to look again when others have changed the object after it.</summary>
    public bool Reinvoked { get; }

    /// <summary>The policies that are in force somewhere.</summary>
    public static IReadOnlyList<MutatingPolicy> All(ISnapshot snapshot) => [.. InForce(snapshot, Collections).Select(p => new MutatingPolicy(p.Policy, p.Bindings))];

    /// <summary>The object as the policy wants it; the values are its own to add to.</summary>
    public Result<JsonMap> Change(JsonMap obj, Kind kind, Dictionary<string, object?> values)
    {
        var (holds, fault) = Looks(values);
        if (fault is not null) return ApiError.BadRequest(fault);
        if (!holds) return obj;
        foreach (var (isPatch, expression) in mutations)
        {
            // Each sees what the one before it made.
            values["object"] = AdmissionVariables.Value(obj);
            var changed = isPatch ? Patched(obj, expression, values) : Laid(obj, kind, expression, values);
            if (!changed.Ok) return Ignores ? obj : changed;
            obj = changed.Value;
        }
        return obj;
    }

    private static Result<JsonMap> Patched(JsonMap obj, PolicyExpression expression, Dictionary<string, object?> values)
    {
        var wanted = expression.Run(values);
        if (wanted is CelError error) return ApiError.BadRequest(error.Message);
        if (CelValues.ToJson(wanted) is not JsonList patch) return ApiError.BadRequest($"expression '{expression.Text}' is no list of JSONPatch");
        var patched = obj;
        foreach (var operation in patch.Maps())
        {
            var step = JsonPatch.Apply(patched, new JsonList([operation]));
            // A test that does not hold is how a patch says that there is nothing to do.
            if (!step.Ok && operation.Text("op") == "test") return obj;
            if (!step.Ok) return ApiError.BadRequest($"JSON Patch: {operation.Text("op")} at {operation.Text("path")}: {step.Error!.Message}");
            patched = step.Value;
        }
        return patched;
    }

    private static Result<JsonMap> Laid(JsonMap obj, Kind kind, PolicyExpression expression, Dictionary<string, object?> values)
    {
        var wanted = expression.Run(values);
        if (wanted is CelError error) return ApiError.BadRequest(error.Message);
        if (CelValues.ToJson(wanted) is not JsonMap configuration) return ApiError.BadRequest($"expression '{expression.Text}' is no Object");
        var schema = kind.Schema.Value;
        if (Atomic(configuration, schema, "") is { } whole)
            return ApiError.BadRequest($"error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {whole}");
        return ServerSideApply.Lay(obj, configuration, schema);
    }

    /// <summary>Where a configuration would replace a value that can only be replaced as a whole: what it does not mention would be lost.</summary>
    private static string? Atomic(Json value, Schema? schema, string path)
    {
        switch (value)
        {
            case JsonMap map when schema is { AtomicMap: true }:
            case JsonList when schema is { Type: SchemaType.Array, ListType: ListType.Atomic }:
                return path;
            case JsonMap map:
                return map.Select(m => Atomic(m.Value, schema?.Fields[m.Key]?.Schema.Value ?? schema?.Values?.Value, $"{path}.{m.Key}")).FirstOrDefault(p => p is not null);
            case JsonList list:
                return list.Select((item, i) => Atomic(item, schema?.Items?.Value, $"{path}[{i}]")).FirstOrDefault(p => p is not null);
            default:
                return null;
        }
    }
}

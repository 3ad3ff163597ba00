using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace MiniKube.Machinery.Cel;

/// <summary>
/// The rules that a schema's author wrote (x-kubernetes-validations), checked wherever in the object they stand. A rule
/// about a change needs something it changed from; a value that an update left alone is not held against it.
/// </summary>
public static class CelRules
{
    /// <summary>Programs live as long as the schema whose they are.</summary>
    private static readonly ConditionalWeakTable<Schema, ConcurrentDictionary<(string, bool), (CelProgram? Program, string? Fault)>> Compiled = [];

    public static bool Any(Schema schema) => new Search().Any(schema);

    /// <summary>The complaint about an expression that can't be compiled, or null.</summary>
    public static string? Fault(string expression, Schema self, bool optionalOldSelf = false) => Compile(expression, self, optionalOldSelf).Fault;

    public static void Check(Schema schema, Json value, Json? old, string path, List<FieldError> errors)
    {
        if (schema.Typed || value.IsNull) return;
        if (schema.Rules.Count > 0) CheckHere(schema, value, old, path, errors);
        switch (value)
        {
            case JsonMap map:
                foreach (var (key, member) in map)
                {
                    var inner = schema.Fields[key]?.Schema.Value ?? schema.Values?.Value;
                    if (inner is null) continue;
                    var at = schema.Fields[key] is null ? $"{path}[{key}]" : path.Length == 0 ? key : $"{path}.{key}";
                    Check(inner, member, (old as JsonMap)?[key], at, errors);
                }
                break;
            case JsonList list when schema.Items is { } items:
                for (var i = 0; i < list.Count; i++) Check(items.Value, list[i], Counterpart(schema, list[i], old as JsonList), $"{path}[{i}]", errors);
                break;
        }
    }

    /// <summary>Only items of list maps can be recognized in the old object.</summary>
    private static JsonMap? Counterpart(Schema schema, Json item, JsonList? old) =>
        schema.ListType == ListType.Map && item is JsonMap map
            ? old?.Maps().FirstOrDefault(o => schema.MapKeys.All(k => map[k]?.SameAs(o[k]) ?? !o.Has(k)))
            : null;

    private static void CheckHere(Schema schema, Json value, Json? old, string path, List<FieldError> errors)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal) { ["self"] = CelValues.FromJson(value, schema) };
        var before = old is null ? null : CelValues.FromJson(old, schema);
        var unchanged = old is not null && value.SameAs(old);
        foreach (var rule in schema.Rules)
        {
            var (program, fault) = Compile(rule.Expression, schema, rule.OptionalOldSelf);
            if (program is null)
            {
                errors.Add(FieldError.Invalid(path, TypeWord(value), $"rule compile error: {fault}"));
                continue;
            }
            var aboutChange = program.Uses.Contains("oldSelf");
            if (aboutChange && old is null && !rule.OptionalOldSelf || unchanged && !aboutChange) continue;
            variables["oldSelf"] = rule.OptionalOldSelf ? old is null ? CelOptional.None : CelOptional.Of(before) : before;
            var result = program.Run(variables);
            if (result is true) continue;
            var at = rule.FieldPath is { Length: > 0 } field ? path + field : path;
            if (result is CelError error)
                errors.Add(FieldError.Invalid(at, TypeWord(value), $"{error.Message} evaluating rule: {rule.Message ?? rule.Expression.Trim()}"));
            else
                errors.Add(Complaint(rule, at, value, Message(rule, schema, variables)));
        }
    }

    private static string Message(CelRule rule, Schema schema, Dictionary<string, object?> variables)
    {
        if (rule.MessageExpression is { Length: > 0 } expression && Compile(expression, schema, rule.OptionalOldSelf).Program?.Run(variables) is string { Length: > 0 } text
            && !text.Contains('\n'))
            return text.Trim();
        return rule.Message is { Length: > 0 } message ? message.Trim() : $"failed rule: {rule.Expression.Trim().Replace('\n', ' ')}";
    }

    private static FieldError Complaint(CelRule rule, string path, Json value, string message) => rule.Reason switch
    {
        "FieldValueForbidden" => FieldError.Forbidden(path, message),
        "FieldValueRequired" => FieldError.Required(path, message),
        "FieldValueDuplicate" => FieldError.Duplicate(path, TypeWord(value)),
        _ => FieldError.Invalid(path, TypeWord(value), message),
    };

    private static (CelProgram? Program, string? Fault) Compile(string expression, Schema schema, bool optionalOldSelf) =>
        Compiled.GetOrCreateValue(schema).GetOrAdd((expression, optionalOldSelf), key => CelProgram.Compile(key.Item1,
            new Dictionary<string, Schema?> { ["self"] = schema, ["oldSelf"] = key.Item2 ? null : schema }));

    private static string TypeWord(Json value) => value switch
    {
        JsonText => "string",
        JsonBool => "boolean",
        JsonNumber { IsWhole: true } => "integer",
        JsonNumber => "number",
        JsonMap => "object",
        _ => "array",
    };

    /// <summary>Schemas may contain themselves.</summary>
    private sealed class Search
    {
        private readonly HashSet<Schema> seen = new(ReferenceEqualityComparer.Instance);

        public bool Any(Schema schema)
        {
            if (schema.Typed || !seen.Add(schema)) return false;
            return schema.Rules.Count > 0 || schema.Fields.All.Any(f => Any(f.Schema.Value))
                || schema.Items is { } items && Any(items.Value) || schema.Values is { } values && Any(values.Value);
        }
    }
}

namespace MiniKube.Machinery.Cel;

/// <summary>
/// Finds what can be known to be wrong before running: names that don't exist, functions that don't exist, fields that the
/// schema does not have. Types beyond that are left to the run.
/// </summary>
internal sealed class CelChecker(IReadOnlyDictionary<string, Schema?> variables)
{
    private static readonly HashSet<string> Namespaces = ["ip", "format", "sets", "optional", "cel", "math", "base64", "lists", "jsonpatch"];
    private static readonly HashSet<string> Types =
        ["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type", "google", "kubernetes", "net"];

    private readonly Dictionary<string, Schema?> locals = new(StringComparer.Ordinal);

    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);
    public (string Why, int At)? Fault { get; private set; }

    /// <summary>Checks the expression; its schema where that is known.</summary>
    public Schema? Check(CelNode node)
    {
        switch (node)
        {
            case CelNode.Name name:
                return NameOf(name);
            case CelNode.Select select:
                return SelectOf(select);
            case CelNode.Index index:
                var target = Check(index.Target);
                Check(index.Key);
                return target?.Items?.Value ?? target?.Values?.Value;
            case CelNode.Call call:
                return CallOf(call);
            case CelNode.List list:
                foreach (var (item, _) in list.Items) Check(item);
                return null;
            case CelNode.Map map:
                foreach (var (key, value, _) in map.Entries)
                {
                    Check(key);
                    Check(value);
                }
                return null;
            case CelNode.Make make:
                return MakeOf(make);
            case CelNode.Loop loop:
                return LoopOf(loop);
            case CelNode.Bind bind:
                var value2 = Check(bind.Value);
                return With(bind.Variable, bind.Macro == "bind" ? value2 : null, () => Check(bind.Body));
            default:
                return null;
        }
    }

    private Schema? NameOf(CelNode.Name name)
    {
        if (locals.TryGetValue(name.Text, out var local)) return local;
        if (variables.TryGetValue(name.Text, out var schema))
        {
            Used.Add(name.Text);
            return schema;
        }
        if (!Types.Contains(name.Text)) Complain($"undeclared reference to '{name.Text}' (in container '')", name.At);
        return null;
    }

    private Schema? SelectOf(CelNode.Select select)
    {
        if (select.Target is CelNode.Name { Text: var root } && !locals.ContainsKey(root) && !variables.ContainsKey(root) && Types.Contains(root)) return null;
        var target = Check(select.Target);
        if (target is null || target.Type == SchemaType.Any || target.PreserveUnknown) return target?.Fields[CelNames.Plain(select.Field)]?.Schema.Value;
        if (target.Values is { } values) return values.Value;
        if (target.Type != SchemaType.Object)
        {
            if (target.Type != SchemaType.IntOrString) Complain($"type '{CelNames.TypeOf(target)}' does not support field selection", select.At);
            return null;
        }
        if (target.Fields[CelNames.Plain(select.Field)] is { } field) return field.Schema.Value;
        Complain($"undefined field '{select.Field}'", select.At);
        return null;
    }

    private Schema? CallOf(CelNode.Call call)
    {
        var name = call.Function;
        if (call.Target is CelNode.Name space && Namespaces.Contains(space.Text) && !variables.ContainsKey(space.Text) && !locals.ContainsKey(space.Text))
            name = $"{space.Text}.{name}";
        else if (call.Target is not null) Check(call.Target);
        foreach (var argument in call.Arguments) Check(argument);
        if (!CelLibrary.Knows(name) && !CelEvaluator.IsOperator(name)) Complain($"undeclared reference to '{name}' (in container '')", call.At);
        return null;
    }

    /// <summary>A type is a variable that stands for it: its members are those of the variable's schema, where that is known.</summary>
    private Schema? MakeOf(CelNode.Make make)
    {
        var root = make.Type.Split('.')[0];
        if (locals.ContainsKey(root) || !variables.TryGetValue(root, out var schema)) Complain($"undeclared reference to '{make.Type}' (in container '')", make.At);
        else
        {
            Used.Add(root);
            foreach (var (key, _, _) in make.Members.Entries)
                if (schema is not null && key is CelNode.Literal { Value: string name } && schema.Fields[name] is null) Complain($"undefined field '{name}'", key.At);
        }
        foreach (var (_, value, _) in make.Members.Entries) Check(value);
        return null;
    }

    private Schema? LoopOf(CelNode.Loop loop)
    {
        var range = Check(loop.Range);
        var isMap = range?.Type == SchemaType.Object;
        var item = isMap ? null : range?.Items?.Value;
        return With(loop.Variable, loop.Second is null ? item : null, () =>
        {
            Schema? Body()
            {
                if (loop.Filter is not null) Check(loop.Filter);
                Check(loop.Body);
                return loop.Macro == "filter" ? range : null;
            }
            return loop.Second is null ? Body() : With(loop.Second, isMap ? range!.Values?.Value : range?.Items?.Value, Body);
        });
    }

    private Schema? With(string variable, Schema? schema, Func<Schema?> body)
    {
        var had = locals.TryGetValue(variable, out var outer);
        locals[variable] = schema;
        var result = body();
        if (had) locals[variable] = outer;
        else locals.Remove(variable);
        return result;
    }

    private void Complain(string why, int at) => Fault ??= (why, at);
}

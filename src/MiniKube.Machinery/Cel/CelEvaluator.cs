using System.Globalization;
using System.Numerics;

namespace MiniKube.Machinery.Cel;

/// <summary>One run of one expression. Faults are values; the cost is counted and has an end.</summary>
internal sealed class CelEvaluator(IReadOnlyDictionary<string, object?> variables, long costLimit)
{
    private static readonly HashSet<string> Operators = ["||", "&&", "!", "-_", "?:", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"];
    private static readonly CelError TooCostly = new("operation cancelled: actual cost limit exceeded");

    private readonly Dictionary<string, object?> locals = new(StringComparer.Ordinal);
    private long cost;

    public static bool IsOperator(string name) => Operators.Contains(name);

    public object? Evaluate(CelNode node)
    {
        if (++cost > costLimit) return TooCostly;
        return node switch
        {
            CelNode.Literal literal => literal.Value,
            CelNode.Name name => Lookup(name.Text),
            CelNode.Select select => Select(select),
            CelNode.Index index => Index(index),
            CelNode.Call call => Call(call),
            CelNode.List list => ListOf(list),
            CelNode.Map map => MapOf(map),
            CelNode.Make make => MapOf(make.Members),
            CelNode.Loop loop => Loop(loop),
            CelNode.Bind bind => Bind(bind),
            _ => new CelError("unknown expression"),
        };
    }

    private object? Lookup(string name) =>
        locals.TryGetValue(name, out var local) ? local
        : variables.TryGetValue(name, out var value) ? value
        : CelLibrary.TypeNamed(name) is { } type ? type : new CelError($"no such attribute(s): {name}");

    private static object? Member(object? target, object key, out bool found)
    {
        object? value = null;
        found = (target, key) switch
        {
            (ICelFields fields, string name) => fields.TryGet(name, out value),
            (CelMap m, _) => m.TryGet(key, out value),
            _ => false,
        };
        return value;
    }

    private object? Select(CelNode.Select select)
    {
        var target = Evaluate(select.Target);
        if (target is CelError) return target;
        var name = target is CelObject ? CelNames.Plain(select.Field) : select.Field;
        if (target is CelOptional optional)
        {
            if (!optional.HasValue) return select.Test ? false : CelOptional.None;
            var inner = Member(optional.Value, name, out var there);
            return select.Test ? there : there ? CelOptional.Of(inner) : CelOptional.None;
        }
        if (target is not (ICelFields or CelMap))
            return target is CelType type ? new CelType($"{type.Name}.{select.Field}") : new CelError($"no such overload: {CelValues.TypeName(target)}.{select.Field}");
        var value = Member(target, name, out var found);
        if (select.Test) return found;
        if (select.Optional) return found ? CelOptional.Of(value) : CelOptional.None;
        return found ? value : new CelError($"no such key: {select.Field}");
    }

    private object? Index(CelNode.Index index)
    {
        var target = Evaluate(index.Target);
        if (target is CelError) return target;
        var key = Evaluate(index.Key);
        if (key is CelError) return key;
        var optional = index.Optional;
        if (target is CelOptional wrapped)
        {
            if (!wrapped.HasValue) return CelOptional.None;
            (target, optional) = (wrapped.Value, true);
        }
        if (target is object?[] list)
        {
            if (key is null || CelValues.KeyOf(key) is not long at) return new CelError($"unsupported index type '{CelValues.TypeName(key)}' in list");
            if (at >= 0 && at < list.Length) return optional ? CelOptional.Of(list[at]) : list[at];
            return optional ? CelOptional.None : new CelError($"index out of bounds: {at}");
        }
        if (target is not (CelObject or CelMap) || key is null) return new CelError("no such overload");
        var value = Member(target, key, out var found);
        if (optional) return found ? CelOptional.Of(value) : CelOptional.None;
        return found ? value : new CelError($"no such key: {CelLibrary.Show(key)}");
    }

    private object? Call(CelNode.Call call)
    {
        switch (call.Function)
        {
            case "||":
                return Either(call, true);
            case "&&":
                return Either(call, false);
            case "?:":
                var condition = Evaluate(call.Arguments[0]);
                return condition is bool yes ? Evaluate(call.Arguments[yes ? 1 : 2]) : condition is CelError ? condition : new CelError("no such overload");
        }
        var name = call.Function;
        object? target = null;
        var hasTarget = false;
        if (call.Target is CelNode.Name space && CelLibrary.Knows($"{space.Text}.{name}") && !locals.ContainsKey(space.Text) && !variables.ContainsKey(space.Text))
        {
            name = $"{space.Text}.{name}";
        }
        else if (call.Target is not null)
        {
            target = Evaluate(call.Target);
            if (target is CelError) return target;
            hasTarget = true;
        }
        var arguments = new object?[call.Arguments.Count + (hasTarget ? 1 : 0)];
        if (hasTarget) arguments[0] = target;
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            var argument = Evaluate(call.Arguments[i]);
            if (argument is CelError) return argument;
            arguments[i + (hasTarget ? 1 : 0)] = argument;
        }
        foreach (var argument in arguments) cost += Size(argument) / 10;
        if (cost > costLimit) return TooCostly;
        return IsOperator(name) ? Operate(name, arguments) : CelLibrary.Invoke(name, hasTarget, arguments);
    }

    private static long Size(object? value) => value switch { string s => s.Length, byte[] b => b.Length, object?[] l => l.Length, _ => 0 };

    /// <summary>Either side may decide alone; a fault on the other side does not matter then.</summary>
    private object? Either(CelNode.Call call, bool decisive)
    {
        var left = Evaluate(call.Arguments[0]);
        if (left is bool a && a == decisive) return decisive;
        var right = Evaluate(call.Arguments[1]);
        if (right is bool b && b == decisive) return decisive;
        if (left is CelError) return left;
        if (right is CelError) return right;
        return left is bool && right is bool ? !decisive : new CelError("no such overload");
    }

    private object? ListOf(CelNode.List list)
    {
        var items = new List<object?>(list.Items.Count);
        foreach (var (item, optional) in list.Items)
        {
            var value = Evaluate(item);
            if (value is CelError) return value;
            if (!optional) items.Add(value);
            else if (value is CelOptional { HasValue: true } some) items.Add(some.Value);
        }
        return items.ToArray();
    }

    private object? MapOf(CelNode.Map map)
    {
        var entries = new List<KeyValuePair<object, object?>>();
        foreach (var (keyNode, valueNode, optional) in map.Entries)
        {
            var key = Evaluate(keyNode);
            if (key is CelError) return key;
            var value = Evaluate(valueNode);
            if (value is CelError) return value;
            if (key is null) return new CelError("unsupported key type");
            if (entries.Any(e => CelValues.Same(e.Key, key))) return new CelError($"Failed with repeated key: {CelLibrary.Show(key)}");
            if (!optional) entries.Add(new(key, value));
            else if (value is CelOptional { HasValue: true } some) entries.Add(new(key, some.Value));
        }
        return new CelMap(entries);
    }

    private object? Bind(CelNode.Bind bind)
    {
        var value = Evaluate(bind.Value);
        if (value is CelError) return value;
        if (bind.Macro == "bind") return With(bind.Variable, value, () => Evaluate(bind.Body));
        if (value is not CelOptional optional) return new CelError("no such overload");
        if (!optional.HasValue) return CelOptional.None;
        var result = With(bind.Variable, optional.Value, () => Evaluate(bind.Body));
        return result is CelError || bind.Macro == "optFlatMap" ? result : CelOptional.Of(result);
    }

    private object? With(string variable, object? value, Func<object?> body)
    {
        var had = locals.TryGetValue(variable, out var outer);
        locals[variable] = value;
        var result = body();
        if (had) locals[variable] = outer;
        else locals.Remove(variable);
        return result;
    }

    private object? Loop(CelNode.Loop loop)
    {
        var range = Evaluate(loop.Range);
        if (range is CelError) return range;
        IEnumerable<(object? First, object? Second)>? items = range switch
        {
            object?[] list => loop.Second is null ? list.Select(i => (i, (object?)null)) : list.Select((item, at) => ((object?)(long)at, item)),
            CelObject o => o.Map.Keys.Select(k => ((object?)k, o.TryGet(k, out var v) ? v : null)),
            CelMap m => m.Keys.Select(k => ((object?)k, m.TryGet(k, out var v) ? v : null)),
            _ => null,
        };
        if (items is null) return new CelError("no such overload");
        object? Body(CelNode node, object? first, object? second) => loop.Second is null
            ? With(loop.Variable, first, () => Evaluate(node))
            : With(loop.Variable, first, () => With(loop.Second, second, () => Evaluate(node)));
        return loop.Macro switch
        {
            "all" => Quantify(items, (a, b) => Body(loop.Body, a, b), decisive: false),
            "exists" => Quantify(items, (a, b) => Body(loop.Body, a, b), decisive: true),
            "exists_one" or "existsOne" => ExactlyOne(items, (a, b) => Body(loop.Body, a, b)),
            "filter" => Collect(items, (a, b) => Body(loop.Body, a, b), null),
            "transformMap" => TransformMap(items, loop, Body),
            _ => Collect(items, loop.Filter is null ? null : (a, b) => Body(loop.Filter, a, b), (a, b) => Body(loop.Body, a, b)),
        };
    }

    private object Quantify(IEnumerable<(object?, object?)> items, Func<object?, object?, object?> body, bool decisive)
    {
        CelError? fault = null;
        foreach (var (first, second) in items)
        {
            if (++cost > costLimit) return TooCostly;
            var result = body(first, second);
            if (result is bool b)
            {
                if (b == decisive) return decisive;
            }
            else
            {
                fault ??= result as CelError ?? new CelError("no such overload");
            }
        }
        return fault is not null ? fault : !decisive;
    }

    private object ExactlyOne(IEnumerable<(object?, object?)> items, Func<object?, object?, object?> body)
    {
        var count = 0;
        foreach (var (first, second) in items)
        {
            if (++cost > costLimit) return TooCostly;
            switch (body(first, second))
            {
                case true: count++; break;
                case false: break;
                case CelError error: return error;
                default: return new CelError("no such overload");
            }
        }
        return count == 1;
    }

    private object Collect(IEnumerable<(object?, object?)> items, Func<object?, object?, object?>? keep, Func<object?, object?, object?>? transform)
    {
        var collected = new List<object?>();
        foreach (var (first, second) in items)
        {
            if (++cost > costLimit) return TooCostly;
            if (keep is not null)
            {
                var kept = keep(first, second);
                if (kept is CelError error) return error;
                if (kept is not bool yes) return new CelError("no such overload");
                if (!yes) continue;
            }
            var value = transform is null ? first : transform(first, second);
            if (value is CelError fault) return fault;
            collected.Add(value);
        }
        return collected.ToArray();
    }

    private object TransformMap(IEnumerable<(object?, object?)> items, CelNode.Loop loop, Func<CelNode, object?, object?, object?> body)
    {
        var entries = new List<KeyValuePair<object, object?>>();
        foreach (var (key, value) in items)
        {
            if (++cost > costLimit) return TooCostly;
            if (loop.Filter is not null && body(loop.Filter, key, value) is var kept && kept is not true)
            {
                if (kept is CelError error) return error;
                continue;
            }
            var result = body(loop.Body, key, value);
            if (result is CelError fault) return fault;
            entries.Add(new(key!, result));
        }
        return new CelMap(entries);
    }

    private static object? Operate(string sign, object?[] a) => sign switch
    {
        "!" => a[0] is bool b ? !b : new CelError("no such overload"),
        "-_" => a[0] switch
        {
            long.MinValue => Overflow("return error for overflow"),
            long n => -n,
            double d => -d,
            _ => NoOverload("-_", a),
        },
        "==" => CelValues.Same(a[0], a[1]),
        "!=" => !CelValues.Same(a[0], a[1]),
        "in" => Contains(a[1], a[0]),
        "<" or "<=" or ">" or ">=" => Order(sign, a),
        _ => Arithmetic(sign, a),
    };

    private static object Order(string sign, object?[] a)
    {
        if (a[0] is double.NaN || a[1] is double.NaN) return false;
        if (a[0] is null || a[1] is null || CelValues.Compare(a[0]!, a[1]!) is not { } order) return NoOverload($"_{sign}_", a);
        return sign switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private static object Contains(object? container, object? item) => container switch
    {
        object?[] list => list.Any(i => CelValues.Same(i, item)),
        CelObject or CelMap when item is not null => Has(container, item),
        _ => NoOverload("@in", [item, container]),
    };

    private static bool Has(object container, object key)
    {
        Member(container, key, out var found);
        return found;
    }

    private static object? Arithmetic(string sign, object?[] a)
    {
        switch (a[0], a[1])
        {
            case (long x, long y):
                return Whole(sign, x, y, long.MinValue, long.MaxValue) is var r && r is BigInteger n ? (long)n : r;
            case (ulong x, ulong y):
                return Whole(sign, x, y, ulong.MinValue, ulong.MaxValue) is var u && u is BigInteger m ? (ulong)m : u;
            case (double x, double y):
                return sign switch { "+" => x + y, "-" => x - y, "*" => x * y, "/" => x / y, _ => NoOverload("_%_", a) };
            case (string x, string y) when sign == "+":
                return x + y;
            case (byte[] x, byte[] y) when sign == "+":
                return x.Concat(y).ToArray();
            case (object?[] x, object?[] y) when sign == "+":
                return x.Concat(y).ToArray();
            case (DateTimeOffset x, TimeSpan y) when sign is "+" or "-":
                return sign == "+" ? x + y : x - y;
            case (TimeSpan x, DateTimeOffset y) when sign == "+":
                return y + x;
            case (DateTimeOffset x, DateTimeOffset y) when sign == "-":
                return x - y;
            case (TimeSpan x, TimeSpan y) when sign is "+" or "-":
                return sign == "+" ? x + y : x - y;
            default:
                return NoOverload($"_{sign}_", a);
        }
    }

    private static object Whole(string sign, BigInteger x, BigInteger y, BigInteger least, BigInteger most)
    {
        if (sign is "/" or "%" && y.IsZero) return new CelError(sign == "/" ? "division by zero" : "modulus by zero");
        var result = sign switch { "+" => x + y, "-" => x - y, "*" => x * y, "/" => BigInteger.Divide(x, y), _ => BigInteger.Remainder(x, y) };
        return result < least || result > most ? Overflow("integer overflow") : result;
    }

    private static CelError Overflow(string why) => new(why);

    internal static CelError NoOverload(string function, IEnumerable<object?> arguments) =>
        new(string.Create(CultureInfo.InvariantCulture, $"found no matching overload for '{function}' applied to '({string.Join(", ", arguments.Select(CelValues.TypeName))})'"));
}

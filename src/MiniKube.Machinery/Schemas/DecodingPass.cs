namespace MiniKube.Machinery;

/// <summary>One walk over one object. The first fault counts, as with Go's decoder.</summary>
internal sealed class DecodingPass(List<string>? unknown)
{
    private readonly FieldTrail trail = new();
    private string holder = "";

    public string? Fault { get; private set; }

    public void Members(Schema schema, JsonMap map)
    {
        if (schema.Values is { } values)
        {
            Values(schema, values.Value, map);
            return;
        }
        var outer = holder;
        if (schema.TypeName is { } name) holder = name[(name.LastIndexOf('.') + 1)..];
        List<string>? dropped = null;
        for (var i = 0; i < map.Count; i++)
        {
            var (key, value) = map.At(i);
            if (schema.Fields[key] is not { } field)
            {
                if (schema.PreserveUnknown) continue;
                trail.Enter(key);
                unknown?.Add(trail.ToString());
                trail.Leave();
                (dropped ??= []).Add(key);
                continue;
            }
            trail.Enter(key);
            var read = Member(schema, field, value);
            trail.Leave();
            if (read is null) (dropped ??= []).Add(key);
            else if (!ReferenceEquals(read, value)) map.Set(key, read);
            if (Fault is not null) return;
        }
        if (dropped is not null) map.RemoveWhere((k, _) => dropped.Contains(k));
        holder = outer;
    }

    private Json? Member(Schema owner, Field field, Json value)
    {
        var schema = field.Schema.Value;
        if (value.IsNull) return schema.Nullable || schema.Type == SchemaType.Any ? value : null;
        var read = Value(schema, owner.Typed, value);
        return owner.Typed && field.OmitEmpty && IsEmpty(read) ? null : read;
    }

    private void Values(Schema owner, Schema schema, JsonMap map)
    {
        for (var i = 0; i < map.Count; i++)
        {
            var (key, value) = map.At(i);
            trail.EnterKey(key);
            var read = value.IsNull && owner.Typed ? Nothing(schema) : Value(schema, owner.Typed, value);
            trail.Leave();
            if (Fault is not null) return;
            if (schema.Type == SchemaType.Quantity && read is JsonText) read = Quantity.Parse(read).RoundUpToMilli().ToString();
            if (!ReferenceEquals(read, value)) map.Set(key, read);
        }
    }

    private Json Value(Schema schema, bool typed, Json value)
    {
        switch (schema.Type)
        {
            case SchemaType.Object when value is JsonMap map:
                Members(schema, map);
                return map;
            case SchemaType.Array when value is JsonList list:
                if (schema.Items is not { } items) return list;
                for (var i = 0; i < list.Count && Fault is null; i++)
                {
                    trail.Enter(i);
                    var read = list[i].IsNull && schema.Typed ? Nothing(items.Value) : Value(items.Value, schema.Typed, list[i]);
                    trail.Leave();
                    if (!ReferenceEquals(read, list[i])) list[i] = read;
                }
                return list;
            case SchemaType.Any:
                return value;
            default:
                return typed ? Scalar(schema, value) : value;
        }
    }

    private Json Scalar(Schema schema, Json value)
    {
        switch (schema.Type)
        {
            case SchemaType.String when value is JsonText text:
                return Texts.Canonical(schema.Format, text, out var fault) ?? Refuse(fault!, value);
            case SchemaType.Boolean when value is JsonBool:
            case SchemaType.Number when value is JsonNumber:
            case SchemaType.Integer when value is JsonNumber { IsWhole: true } n && (schema.Format != "int32" || n.Whole is >= int.MinValue and <= int.MaxValue):
            case SchemaType.IntOrString when value is JsonText or JsonNumber { IsWhole: true, Whole: >= int.MinValue and <= int.MaxValue }:
                return value;
            case SchemaType.Quantity:
                var written = value is JsonText t ? t.Value : value.ToString();
                if (!Quantity.TryParse(written, out var quantity, out var why)) return Refuse(why, value);
                var canonical = quantity.ToString();
                return value is JsonText && canonical == written ? value : canonical;
            case SchemaType.IntOrString:
                return Refuse($"json: cannot unmarshal {GoText.TypeOf(value)} into Go value of type int32", value);
            case SchemaType.String when schema.Format is "date-time" or "date-time-micro":
                return Refuse($"json: cannot unmarshal {GoText.TypeOf(value)} into Go value of type string", value);
            default:
                return Refuse(Mismatch(schema, value), value);
        }
    }

    private string Mismatch(Schema schema, Json value)
    {
        var what = value is JsonNumber && schema.Type == SchemaType.Integer ? $"number {value}" : GoText.TypeOf(value);
        return $"json: cannot unmarshal {what} into Go struct field {holder}.{trail.Members} of type {GoType(schema)}";
    }

    private static string GoType(Schema schema) => schema.Type switch
    {
        SchemaType.String => schema.Format == "byte" ? "[]uint8" : "string",
        SchemaType.Boolean => "bool",
        SchemaType.Integer => schema.Format ?? "int64",
        SchemaType.Number => "float64",
        SchemaType.Array => "[]" + GoType(schema.Items!.Value),
        SchemaType.Object when schema.Values is { } values => "map[string]" + GoType(values.Value),
        _ => schema.TypeName is { } name ? name[(name.LastIndexOf('.', name.LastIndexOf('.') - 1) + 1)..] : "interface {}",
    };

    private Json Refuse(string fault, Json value)
    {
        Fault ??= fault;
        return value;
    }

    private static bool IsEmpty(Json value) => value switch
    {
        JsonText t => t.Value.Length == 0,
        JsonList l => l.Count == 0,
        JsonMap m => m.Count == 0,
        JsonNumber n => n.Real == 0,
        JsonBool b => !b.Value,
        _ => false,
    };

    private static Json Nothing(Schema schema) => schema.Type switch
    {
        SchemaType.Object => new JsonMap(),
        SchemaType.Array => new JsonList(),
        SchemaType.Boolean => false,
        SchemaType.Integer or SchemaType.Number or SchemaType.IntOrString => 0,
        SchemaType.Quantity => "0",
        SchemaType.String => "",
        _ => Json.Null,
    };
}

using System.Globalization;
using System.Text;

namespace MiniKube.Machinery;

/// <summary>The field names of a message type by number, null for a type that has none.</summary>
public delegate IReadOnlyDictionary<int, string>? WireFields(string typeName);

/// <summary>
/// Kubernetes' protobuf bodies to trees, guided by the schema: newer kubectl sends what it creates this way. Only the
/// way in exists; answers are JSON, which every client that sends protobuf accepts too.
/// </summary>
public static class WireReader
{
    private const int MaxDepth = 64;

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>The type named by the envelope and the bytes of the object in it.</summary>
    /// <exception cref="FormatException">The bytes are no such envelope.</exception>
    public static (string ApiVersion, string Kind, ReadOnlyMemory<byte> Raw) Envelope(ReadOnlyMemory<byte> body)
    {
        if (!body.Span.StartsWith(Magic)) throw new FormatException("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        var (apiVersion, kind, raw) = ("", "", ReadOnlyMemory<byte>.Empty);
        foreach (var part in WirePart.All(body[Magic.Length..]))
        {
            if (part.Number == 1)
            {
                foreach (var type in WirePart.All(part.Bytes))
                {
                    if (type.Number == 1) apiVersion = Text(type.Bytes);
                    else if (type.Number == 2) kind = Text(type.Bytes);
                }
            }
            else if (part.Number == 2)
            {
                raw = part.Bytes;
            }
        }
        return (apiVersion, kind, raw);
    }

    /// <exception cref="FormatException">The bytes do not fit the schema.</exception>
    public static JsonMap Read(ReadOnlyMemory<byte> message, Schema schema, WireFields fields) => Object(message, schema, fields, 0);

    private static JsonMap Object(ReadOnlyMemory<byte> message, Schema schema, WireFields fields, int depth)
    {
        if (depth > MaxDepth) throw new FormatException("message is nested too deeply");
        var map = new JsonMap();
        if (schema.TypeName is { } type) Members(map, message, type, schema, fields, depth);
        return map;
    }

    private static void Members(JsonMap map, ReadOnlyMemory<byte> message, string type, Schema schema, WireFields fields, int depth)
    {
        if (depth > MaxDepth) throw new FormatException("message is nested too deeply");
        if (fields(type) is not { } names) return;
        foreach (var part in WirePart.All(message))
        {
            if (!names.TryGetValue(part.Number, out var name)) continue;
            if (schema.Fields[name] is not { } field)
            {
                // A message in the message, whose members JSON has among those of the outer one.
                if (!part.Bytes.IsEmpty) Members(map, part.Bytes, Embedded(type, name), schema, fields, depth + 1);
                continue;
            }
            var inner = field.Schema.Value;
            if (inner is { Type: SchemaType.Object, Values: { } values })
            {
                var (key, value) = Pair(part, values.Value, fields, depth);
                map.MapOrNew(name).Set(key, value);
            }
            else if (inner is { Type: SchemaType.Array, Items: { } items })
            {
                var list = map.ListOrNew(name);
                if (Value(part, items.Value, fields, depth) is { } item) list.Add(item);
            }
            else if (Value(part, inner, fields, depth) is { } single)
            {
                map.Set(name, single);
            }
        }
    }

    /// <summary>The type is called as the field is, but for a probe's.</summary>
    private static string Embedded(string outer, string name) =>
        $"{outer[..(outer.LastIndexOf('.') + 1)]}{(name == "handler" ? "ProbeHandler" : char.ToUpperInvariant(name[0]) + name[1..])}";

    private static (string Key, Json Value) Pair(WirePart entry, Schema schema, WireFields fields, int depth)
    {
        var key = "";
        Json? value = null;
        foreach (var part in WirePart.All(entry.Bytes))
        {
            if (part.Number == 1) key = Text(part.Bytes);
            // A list as the value of a map is wrapped in a message of its own.
            else if (schema is { Type: SchemaType.Array, Items: { } items })
                value = new JsonList(WirePart.All(part.Bytes).Select(p => Value(p, items.Value, fields, depth)).OfType<Json>());
            else value = Value(part, schema, fields, depth);
        }
        return (key, value ?? (schema.Type is SchemaType.Object ? new JsonMap() : ""));
    }

    private static Json? Value(WirePart part, Schema schema, WireFields fields, int depth)
    {
        switch (schema.Type)
        {
            case SchemaType.Object:
                return Object(part.Bytes, schema, fields, depth + 1);
            case SchemaType.String when schema.Format is "date-time" or "date-time-micro":
                return Time(part.Bytes, schema.Format == "date-time-micro");
            case SchemaType.String when schema.Format == "byte":
                return Convert.ToBase64String(part.Bytes.Span);
            case SchemaType.String:
                return Text(part.Bytes);
            case SchemaType.Boolean:
                return part.Varint != 0;
            case SchemaType.Integer:
                return schema.Format == "int32" ? (int)part.Varint : part.Varint;
            case SchemaType.Number:
                return BitConverter.Int64BitsToDouble(part.Varint);
            case SchemaType.Quantity:
                foreach (var inner in WirePart.All(part.Bytes)) return Text(inner.Bytes);
                return null;
            case SchemaType.IntOrString:
                return IntOrText(part.Bytes);
            case SchemaType.Any:
                foreach (var inner in WirePart.All(part.Bytes))
                    if (inner.Number == 1 && !inner.Bytes.IsEmpty) return JsonReader.Read(inner.Bytes.Span);
                return null;
            default:
                return null;
        }
    }

    private static Json IntOrText(ReadOnlyMemory<byte> message)
    {
        long kind = 0, number = 0;
        var text = "";
        foreach (var part in WirePart.All(message))
        {
            switch (part.Number)
            {
                case 1: kind = part.Varint; break;
                case 2: number = (int)part.Varint; break;
                case 3: text = Text(part.Bytes); break;
            }
        }
        return kind == 0 ? number : text;
    }

    private static Json? Time(ReadOnlyMemory<byte> message, bool micro)
    {
        if (message.IsEmpty) return null;
        long seconds = 0, nanos = 0;
        foreach (var part in WirePart.All(message))
        {
            if (part.Number == 1) seconds = part.Varint;
            else if (part.Number == 2) nanos = part.Varint;
        }
        if (seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()) throw new FormatException("time is out of range");
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100)
            .ToString(micro ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private static string Text(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(bytes.Span);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("text is not UTF-8", e);
        }
    }
}

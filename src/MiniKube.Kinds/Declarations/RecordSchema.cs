using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Serialization;
using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>
/// Records and their attributes to schemas. A type is looked at when its schema is first asked for: a server that never
/// sees a ResourceSlice never reflects over one.
/// </summary>
public static class RecordSchema
{
    private static readonly ConcurrentDictionary<Type, SchemaRef> Known = new()
    {
        [typeof(string)] = new Schema { Type = SchemaType.String },
        [typeof(bool)] = new Schema { Type = SchemaType.Boolean },
        [typeof(int)] = new Schema { Type = SchemaType.Integer, Format = "int32" },
        [typeof(long)] = new Schema { Type = SchemaType.Integer, Format = "int64" },
        [typeof(double)] = new Schema { Type = SchemaType.Number, Format = "double" },
        [typeof(byte[])] = new Schema { Type = SchemaType.String, Format = "byte" },
        [typeof(DateTimeOffset)] = new Schema
        {
            Type = SchemaType.String, Format = "date-time", TypeName = "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
        },
        [typeof(Quantity)] = new Schema { Type = SchemaType.Quantity, TypeName = "io.k8s.apimachinery.pkg.api.resource.Quantity" },
        [typeof(IntOrString)] = new Schema
        {
            Type = SchemaType.IntOrString, Format = "int-or-string", TypeName = "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        },
        [typeof(Json)] = new Schema
        {
            Type = SchemaType.Any, PreserveUnknown = true, TypeName = "io.k8s.apimachinery.pkg.runtime.RawExtension",
        },
    };

    private static readonly Schema Micros = new()
    {
        Type = SchemaType.String, Format = "date-time-micro", TypeName = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
    };

    public static SchemaRef Of<T>() => Of(typeof(T));

    public static SchemaRef Of(Type type) => Known.GetOrAdd(type, static t => new SchemaRef(() => Compile(t)));

    private static Schema Compile(Type type)
    {
        if (ItemOf(type, typeof(IReadOnlyList<>)) is { } item) return new Schema { Type = SchemaType.Array, Items = Of(item), Typed = true };
        if (ValueOf(type) is { } value) return new Schema { Type = SchemaType.Object, Values = Of(value), Typed = true };
        return new Schema
        {
            Type = SchemaType.Object,
            Typed = true,
            TypeName = TypeNames.Of(type),
            Description = type.GetCustomAttribute<DocAttribute>(false)?.Text ?? "",
            AtomicMap = type.IsDefined(typeof(AtomicMapAttribute), false),
            Fields = new FieldSet([.. Properties(type).Select(FieldOf)]),
        };
    }

    /// <summary>apiVersion, kind and metadata first, then the kind's own.</summary>
    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.Name != "EqualityContract")
            .OrderBy(p => p.DeclaringType == type);

    private static Field FieldOf(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var marks = Attribute.GetCustomAttributes(property, inherit: false);
        var name = Mark<JsonPropertyNameAttribute>(marks)?.Name ?? KubeJson.MemberName(property.Name);
        var required = Mark<RequiredAttribute>(marks) is not null;
        return new Field(name, SchemaOf(type, marks))
        {
            Required = required,
            Description = Mark<DocAttribute>(marks)?.Text ?? "",
            Immutable = Mark<ImmutableAttribute>(marks) is not null,
            Default = Mark<DefaultAttribute>(marks) is { } d ? Literal(d.Value) : Mark<ZeroAttribute>(marks) is not null ? Nothing(type) : null,
            OmitEmpty = !required && Mark<KeepEmptyAttribute>(marks) is null
                && (type == typeof(string) || ItemOf(type, typeof(IReadOnlyList<>)) is not null || ValueOf(type) is not null
                    || Mark<OmitZeroAttribute>(marks) is not null),
        };
    }

    private static SchemaRef SchemaOf(Type type, Attribute[] marks)
    {
        if (Mark<MicroTimeAttribute>(marks) is not null) return Micros;
        if (Mark<RawAttribute>(marks) is { } raw) return WithRaw(type, raw.TypeName);
        return marks.Any(IsShape) ? new SchemaRef(() => marks.Aggregate(Of(type).Value, Apply)) : Of(type);
    }

    private static bool IsShape(Attribute mark) =>
        mark is AllowedAttribute or RangeAttribute or ListMapAttribute or ListSetAttribute or PatchMergeAttribute or PatchRetainKeysAttribute
            or AtomicMapAttribute or GranularMapAttribute;

    private static Schema Apply(Schema schema, Attribute mark) => mark switch
    {
        AllowedAttribute a => schema with { Enum = [.. a.Values.Select(v => (Json)v)] },
        RangeAttribute r => schema with { Minimum = r.Minimum, Maximum = r.Maximum },
        ListMapAttribute m => schema with { ListType = ListType.Map, MapKeys = m.Keys },
        ListSetAttribute => schema with { ListType = ListType.Set },
        PatchMergeAttribute p => schema with { PatchMerge = true, PatchMergeKey = p.Key },
        PatchRetainKeysAttribute => schema with { PatchRetainKeys = true },
        AtomicMapAttribute => schema with { AtomicMap = true },
        GranularMapAttribute => schema with { AtomicMap = false },
        _ => schema,
    };

    private static SchemaRef WithRaw(Type type, string typeName)
    {
        var any = new Schema { Type = SchemaType.Any, PreserveUnknown = true, TypeName = typeName };
        if (type == typeof(Json)) return any;
        return ValueOf(type) is null
            ? new Schema { Type = SchemaType.Array, Items = any, Typed = true }
            : new Schema { Type = SchemaType.Object, Values = any, Typed = true };
    }

    private static Json Literal(object value) => value switch
    {
        string s => s,
        bool b => b,
        int n => n,
        long n => n,
        _ => throw new InvalidOperationException($"a default of type {value.GetType()} is not provided for"),
    };

    private static Json Nothing(Type type)
    {
        if (type == typeof(string)) return "";
        if (type == typeof(bool)) return false;
        if (type == typeof(int) || type == typeof(long)) return 0;
        if (type == typeof(Quantity)) return "0";
        if (type == typeof(DateTimeOffset) || type == typeof(Json) || ItemOf(type, typeof(IReadOnlyList<>)) is not null) return Json.Null;
        return new JsonMap();
    }

    private static T? Mark<T>(Attribute[] marks) where T : Attribute => Array.Find(marks, m => m is T) as T;

    private static Type? ItemOf(Type type, Type generic) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic ? type.GetGenericArguments()[0] : null;

    private static Type? ValueOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) ? type.GetGenericArguments()[1] : null;
}

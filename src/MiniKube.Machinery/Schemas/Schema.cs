using System.Collections.Frozen;

namespace MiniKube.Machinery;

public enum SchemaType
{
    /// <summary>Any JSON (RawExtension, JSON, x-kubernetes-preserve-unknown-fields without a type).</summary>
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,
    Quantity,
}

/// <summary>How a list behaves in apply and strategic merge.</summary>
public enum ListType
{
    Atomic,
    Set,
    Map,
}

/// <summary>
/// The shape of a value: built-in records and CRD schemas both compile to this, and decode, prune, default, validate,
/// the patches, managed fields, OpenAPI and explain read only this. Immutable once built.
/// </summary>
public sealed record Schema
{
    public required SchemaType Type { get; init; }

    /// <summary>"io.k8s.api.core.v1.PodSpec": the name under which OpenAPI publishes it; null for an inline shape.</summary>
    public string? TypeName { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Members of an object with fixed fields, in declaration order.</summary>
    public FieldSet Fields { get; init; } = FieldSet.Empty;

    /// <summary>Items of an array.</summary>
    public SchemaRef? Items { get; init; }

    /// <summary>Values of a string-keyed map (additionalProperties).</summary>
    public SchemaRef? Values { get; init; }

    public bool PreserveUnknown { get; init; }

    /// <summary>
    /// Declared by a record: wrong JSON types, nulls and empty values are dealt with while decoding (a 400), as upstream
    /// does with its Go types. Without it they are left to validation (a 422), as upstream does with custom resources.
    /// </summary>
    public bool Typed { get; init; }
    public bool EmbeddedResource { get; init; }
    public bool Nullable { get; init; }

    public ListType ListType { get; init; } = ListType.Atomic;

    /// <summary>The list type is part of the declaration: a definition need not say how its lists behave.</summary>
    public bool ListTypeDeclared { get; init; } = true;
    public IReadOnlyList<string> MapKeys { get; init; } = [];

    /// <summary>An object or map that apply treats as one value (x-kubernetes-map-type: atomic).</summary>
    public bool AtomicMap { get; init; }

    /// <summary>Strategic merge: the key by which list items are matched; "" with <see cref="PatchMerge"/> is a merged set of scalars.</summary>
    public string? PatchMergeKey { get; init; }
    public bool PatchMerge { get; init; }
    public bool PatchRetainKeys { get; init; }

    /// <summary>int32, int64, double, date-time, date-time with microseconds ("date-time-micro"), byte, duration …</summary>
    public string? Format { get; init; }

    public IReadOnlyList<Json> Enum { get; init; } = [];
    public double? Minimum { get; init; }
    public double? Maximum { get; init; }
    public bool ExclusiveMinimum { get; init; }
    public bool ExclusiveMaximum { get; init; }
    public double? MultipleOf { get; init; }
    public int? MinLength { get; init; }
    public int? MaxLength { get; init; }
    public string? Pattern { get; init; }
    public int? MinItems { get; init; }
    public int? MaxItems { get; init; }
    public bool UniqueItems { get; init; }
    public int? MinProperties { get; init; }
    public int? MaxProperties { get; init; }

    public IReadOnlyList<Schema> AllOf { get; init; } = [];
    public IReadOnlyList<Schema> AnyOf { get; init; } = [];
    public IReadOnlyList<Schema> OneOf { get; init; } = [];
    public Schema? Not { get; init; }

    /// <summary>CEL rules (x-kubernetes-validations).</summary>
    public IReadOnlyList<CelRule> Rules { get; init; } = [];
}

public sealed record CelRule(string Expression, string? Message, string? MessageExpression, string? Reason, string? FieldPath, bool OptionalOldSelf);

/// <summary>A member of an object: its schema and what only the place of use can say.</summary>
public sealed record Field(string Name, SchemaRef Schema)
{
    public bool Required { get; init; }
    public Json? Default { get; init; }
    public string Description { get; init; } = "";

    /// <summary>Typed objects: "", [], {}, 0 and false are the same as absent.</summary>
    public bool OmitEmpty { get; init; }

    /// <summary>Refused when an update changes it ("field is immutable").</summary>
    public bool Immutable { get; init; }
}

/// <summary>A schema that is compiled when first asked for: most kinds are never touched in a run, and types are recursive.</summary>
public sealed class SchemaRef
{
    private readonly Lazy<Schema> lazy;

    public SchemaRef(Schema schema) => lazy = new(schema);
    public SchemaRef(Func<Schema> build) => lazy = new(build, LazyThreadSafetyMode.ExecutionAndPublication);

    public Schema Value => lazy.Value;

    public static implicit operator SchemaRef(Schema schema) => new(schema);
}

/// <summary>Fields by name, and in order.</summary>
public sealed class FieldSet(IReadOnlyList<Field> all)
{
    public static readonly FieldSet Empty = new([]);

    private readonly FrozenDictionary<string, Field> byName = all.ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    public IReadOnlyList<Field> All { get; } = all;
    public IReadOnlyList<Field> WithDefault { get; } = [.. all.Where(f => f.Default is not null)];
    public IReadOnlyList<Field> Required { get; } = [.. all.Where(f => f.Required)];
    public int Count => All.Count;
    public Field? this[string name] => byName.GetValueOrDefault(name);
}

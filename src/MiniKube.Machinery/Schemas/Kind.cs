namespace MiniKube.Machinery;

/// <summary>
/// Everything the server knows about one kind in one version. Built-in declarations and CRD versions both compile to
/// this; nothing downstream may ask which of the two it was.
/// </summary>
public sealed record Kind
{
    public required string Group { get; init; }
    public required string Version { get; init; }

    /// <summary>"Deployment".</summary>
    public required string Name { get; init; }

    /// <summary>"deployments".</summary>
    public required string Plural { get; init; }

    public required string Singular { get; init; }
    public string ListName { get; init; } = "";
    public required bool Namespaced { get; init; }
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Verbs on the resource itself, as discovery lists them.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = AllVerbs;

    public required SchemaRef Schema { get; init; }

    public IReadOnlyList<Subresource> Subresources { get; init; } = [];
    public IReadOnlyList<Column> Columns { get; init; } = [Column.NameColumn, Column.AgeColumn];

    /// <summary>Field selector paths beyond metadata.name and metadata.namespace.</summary>
    public IReadOnlyList<SelectableField> SelectableFields { get; init; } = [];

    /// <summary>What can't be declared; found by name beside the kind.</summary>
    public KindHooks Hooks { get; init; } = KindHooks.None;

    /// <summary>
    /// The version whose shape is stored and in which every other version of the same plural is converted to and from.
    /// Null: this one is stored as it stands.
    /// </summary>
    public Conversion? Conversion { get; init; }

    /// <summary>Who says what objects in other versions look like in this one; null where <see cref="Conversion"/> alone does.</summary>
    public ConversionWebhook? Converter { get; init; }

    /// <summary>
    /// What reading adds to an object of a declaration that may have changed since the object was written. Null: what is
    /// stored is whole.
    /// </summary>
    public Action<JsonMap>? Complete { get; init; }

    /// <summary>The stored bytes are what a client of this version is shown.</summary>
    public bool ShownAsStored => Conversion is null && Complete is null;

    /// <summary>
    /// Where objects live in the store: "deployments.apps". Two kinds that show the same objects (Event of core and of
    /// events.k8s.io, HPA v1 and v2) have the same one.
    /// </summary>
    public string Collection { get; init; } = "";

    /// <summary>Warning text when a request uses this version, or null.</summary>
    public string? Deprecation { get; init; }

    /// <summary>Strategic merge patches are understood; custom kinds have no patch strategies to go by.</summary>
    public bool StrategicMerge { get; init; } = true;

    /// <summary>metadata.generation counts the changes of the desired state.</summary>
    public bool HasGeneration { get; init; }

    /// <summary>Listed in discovery; a kind that only serves old manifests is not.</summary>
    public bool Hidden { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    public bool HasStatus => Subresources.Any(s => s.Name == "status");

    public static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
}

/// <summary>A subresource as discovery shows it. Which handler serves it is looked up by name in the server.</summary>
public sealed record Subresource(string Name, IReadOnlyList<string> Verbs)
{
    /// <summary>The kind that travels in its bodies when it is not the parent's ("Scale" of autoscaling/v1).</summary>
    public string? BodyGroup { get; init; }
    public string? BodyVersion { get; init; }
    public string? BodyKind { get; init; }

    /// <summary>scale: where the replica counts and selector are (".spec.replicas").</summary>
    public ScalePaths? Scale { get; init; }
}

public sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? LabelSelector);

public sealed record SelectableField(string Path, Func<JsonMap, string> Read);

/// <summary>A column of a server-side Table. Cell gets the object and the moment "now" is.</summary>
public sealed record Column(string Name, string Type, Func<JsonMap, DateTimeOffset, Json> Cell)
{
    public string Format { get; init; } = "";
    public string Description { get; init; } = "";

    /// <summary>0 always shown, 1 only with -o wide.</summary>
    public int Priority { get; init; }

    public static readonly Column NameColumn = new("Name", "string", (o, _) => o.Map("metadata")?.Text("name") ?? "")
    {
        Format = "name",
        Description = "Name of the object, unique in its scope.",
    };

    public static readonly Column AgeColumn = new("Age", "string", (o, now) => Ages.Since(o.Map("metadata")?.Text("creationTimestamp"), now))
    {
        Description = "Time since the object was created.",
    };
}

/// <summary>How a webhook that converts is reached, and which versions of the question it understands.</summary>
public sealed record ConversionWebhook(JsonMap Client, IReadOnlyList<string> ReviewVersions);

/// <summary>Conversion of one version to and from the stored one. Both work on a tree of their own and may change it in place.</summary>
public sealed record Conversion(string StoredApiVersion, Func<JsonMap, JsonMap> ToStored, Func<JsonMap, JsonMap> FromStored);

/// <summary>A subresource's way of changing an object: (new, old), what of the new one counts, and what is wrong with it.</summary>
public sealed record PartialUpdate(Action<JsonMap, JsonMap> Keep, Func<JsonMap, JsonMap, List<FieldError>> Check);

/// <summary>
/// What a kind can't declare: dependent defaults, cross-field validation, update rules. Every member is optional and pure.
/// </summary>
public record KindHooks
{
    public static readonly KindHooks None = new();

    /// <summary>Dependent defaults, after the declared ones.</summary>
    public Action<JsonMap>? Default { get; init; }

    /// <summary>Before validation of a create: clear what the user may not set, derive what he needn't.</summary>
    public Action<JsonMap>? PrepareCreate { get; init; }

    /// <summary>A create may bring a status along (a node that registers itself); otherwise it starts without one.</summary>
    public bool StatusOnCreate { get; init; }

    /// <summary>Before validation of an update of the main resource: (new, old).</summary>
    public Action<JsonMap, JsonMap>? PrepareUpdate { get; init; }

    /// <summary>Checks beyond the schema on create and update.</summary>
    public Action<JsonMap, List<FieldError>>? Validate { get; init; }

    /// <summary>Checks of a change: (new, old, errors).</summary>
    public Action<JsonMap, JsonMap, List<FieldError>>? ValidateUpdate { get; init; }

    /// <summary>Checks of a change through /status: (new, old, errors).</summary>
    public Action<JsonMap, JsonMap, List<FieldError>>? ValidateStatusUpdate { get; init; }

    /// <summary>Subresources by which a part of the spec is changed under rules of its own.</summary>
    public IReadOnlyDictionary<string, PartialUpdate> PartialUpdates { get; init; } = new Dictionary<string, PartialUpdate>();

    /// <summary>Warnings for what is legal but unwise or deprecated.</summary>
    public Action<JsonMap, List<string>>? Warn { get; init; }

    /// <summary>How names are checked; null is a DNS subdomain.</summary>
    public Func<string, IEnumerable<string>>? NameRule { get; init; }

    /// <summary>Seconds a deletion waits for the object's own end, from the object and what was asked for; null deletes at once.</summary>
    public Func<JsonMap, long?, long>? GraceSeconds { get; init; }

    /// <summary>What deletion changes in an object that lingers (a namespace's phase).</summary>
    public Action<JsonMap>? MarkDeleted { get; init; }

    /// <summary>Something besides metadata.finalizers keeps a deleted object (a namespace's spec.finalizers).</summary>
    public Func<JsonMap, bool>? HoldsDeletion { get; init; }

    /// <summary>A delete answers with the object instead of a Status.</summary>
    public bool ReturnsDeleted { get; init; }

    /// <summary>Whether a change of this kind, (new, old), raises the generation; null: any change outside metadata and status does.</summary>
    public Func<JsonMap, JsonMap, bool>? ChangesGeneration { get; init; }
}

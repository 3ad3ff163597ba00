using MiniKube.Machinery;

namespace MiniKube.Kinds.Meta;

[Doc("What every stored object has.")]
public sealed record ObjectMeta
{
    [Doc("Keys and values for tools; not selectable.")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    [Doc("When the object was created.")]
    public DateTimeOffset? CreationTimestamp { get; init; }

    [Doc("Seconds that the object is given to end gracefully.")]
    public long? DeletionGracePeriodSeconds { get; init; }

    [Doc("When the object is or was to be gone; set by a delete request.")]
    public DateTimeOffset? DeletionTimestamp { get; init; }

    [Doc("Must be emptied by their owners before the object goes away.")]
    [ListSet, PatchMerge]
    public IReadOnlyList<string>? Finalizers { get; init; }

    [Doc("Prefix for a name that the server completes.")]
    public string? GenerateName { get; init; }

    [Doc("Rises with every change of the desired state.")]
    [OmitZero]
    public long? Generation { get; init; }

    [Doc("Keys and values to organize and select objects by.")]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    [Doc("Who set which fields.")]
    public IReadOnlyList<ManagedFieldsEntry>? ManagedFields { get; init; }

    [Doc("Unique within the namespace and kind; can't be changed.")]
    public string? Name { get; init; }

    [Doc("The namespace; empty for cluster-scoped objects.")]
    public string? Namespace { get; init; }

    [Doc("Objects this one depends on.")]
    [ListMap("uid"), PatchMerge("uid")]
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }

    [Doc("Changes with every write; compare for equality only.")]
    public string? ResourceVersion { get; init; }

    [Doc("No longer set.")]
    public string? SelfLink { get; init; }

    [Doc("Unique in time and space; set by the server.")]
    public string? Uid { get; init; }
}

public sealed record ManagedFieldsEntry
{
    public string? ApiVersion { get; init; }
    public string? FieldsType { get; init; }

    [Raw("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1")]
    public Json? FieldsV1 { get; init; }

    public string? Manager { get; init; }
    public string? Operation { get; init; }
    public string? Subresource { get; init; }
    public DateTimeOffset? Time { get; init; }
}

[Doc("The object this one belongs to; it is collected with its last owner.")]
[AtomicMap]
public sealed record OwnerReference
{
    [Required]
    public string? ApiVersion { get; init; }

    [Doc("With foreground deletion the owner waits for this object.")]
    public bool? BlockOwnerDeletion { get; init; }

    [Doc("True for the one owner that manages the object.")]
    public bool? Controller { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }

    [Required]
    public string? Uid { get; init; }
}

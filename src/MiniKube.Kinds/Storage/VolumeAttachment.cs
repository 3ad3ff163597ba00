using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Storage;

[Doc("Intent to attach a volume to a node, or to detach it.")]
[Kind("storage.k8s.io", "v1", "volumeattachments", ClusterScoped = true)]
[Subresource("status")]
public sealed record VolumeAttachment : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public VolumeAttachmentSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public VolumeAttachmentStatus? Status { get; init; }
}

public sealed record VolumeAttachmentSpec
{
    [Required]
    public string? Attacher { get; init; }

    [Doc("Name of the node.")]
    [Required]
    public string? NodeName { get; init; }

    [Required]
    public VolumeAttachmentSource? Source { get; init; }
}

public sealed record VolumeAttachmentStatus
{
    public VolumeError? AttachError { get; init; }

    [Required, Zero]
    public bool? Attached { get; init; }

    public IReadOnlyDictionary<string, string>? AttachmentMetadata { get; init; }
    public VolumeError? DetachError { get; init; }
}

public sealed record VolumeAttachmentSource
{
    public PersistentVolumeSpec? InlineVolumeSpec { get; init; }

    [KeepEmpty]
    public string? PersistentVolumeName { get; init; }
}

public sealed record VolumeError
{
    public int? ErrorCode { get; init; }
    public string? Message { get; init; }

    [Zero]
    public DateTimeOffset? Time { get; init; }
}

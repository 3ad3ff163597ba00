using MiniKube.Kinds.Core;

namespace MiniKube.ControlLoop;

/// <summary>Volumes that are directories of a node: who makes the declaration and who looks after the directory agree on these.</summary>
public static class LocalPath
{
    /// <summary>The name that charts and people know such volumes by.</summary>
    public const string Provisioner = "rancher.io/local-path";

    public const string ClassName = "local-path";
    public const string Account = "local-path-provisioner";
    public const string NodeAnnotation = "local.path.provisioner/selected-node";

    /// <summary>Holds the declaration for as long as there is a directory.</summary>
    public const string Finalizer = "external-provisioner.volume.kubernetes.io/finalizer";

    public static bool IsLocalPath(this Item<PersistentVolume> volume) => volume.Meta.Annotation(VolumeMarks.ProvisionedBy) == Provisioner;

    /// <summary>The directory, if the volume is one that was made for it: nothing else is ever cleared away.</summary>
    public static string? Directory(Item<PersistentVolume> volume) =>
        volume.IsLocalPath() && volume.Value.Spec?.Local?.Path is { } path && Path.GetFileName(path).StartsWith($"{volume.Name}_", StringComparison.Ordinal) ? path : null;
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Storage;

internal static class StorageKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<StorageClass>() with { Hooks = StorageHooks.StorageClass },
        KindDeclaration.Of<VolumeAttachment>() with { Hooks = StorageHooks.VolumeAttachment },
        KindDeclaration.Of<CSIDriver>() with { Hooks = StorageHooks.CSIDriver },
        KindDeclaration.Of<CSINode>() with { Hooks = StorageHooks.CSINode },
        KindDeclaration.Of<CSIStorageCapacity>() with { Hooks = StorageHooks.CSIStorageCapacity },
        KindDeclaration.Of<VolumeAttributesClass>() with { Hooks = StorageHooks.VolumeAttributesClass },
    ];
}

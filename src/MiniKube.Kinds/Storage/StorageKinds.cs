using MiniKube.Machinery;

namespace MiniKube.Kinds.Storage;

internal static class StorageKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<StorageClass>() with { Hooks = StorageHooks.StorageClass, Columns = StorageTables.StorageClass },
        KindDeclaration.Of<VolumeAttachment>() with { Hooks = StorageHooks.VolumeAttachment, Columns = StorageTables.VolumeAttachment },
        KindDeclaration.Of<CSIDriver>() with { Hooks = StorageHooks.CSIDriver, Columns = StorageTables.CSIDriver },
        KindDeclaration.Of<CSINode>() with { Hooks = StorageHooks.CSINode, Columns = StorageTables.CSINode },
        KindDeclaration.Of<CSIStorageCapacity>() with { Hooks = StorageHooks.CSIStorageCapacity, Columns = Cells.NameAndCreation },
        KindDeclaration.Of<VolumeAttributesClass>() with
        {
            Hooks = StorageHooks.VolumeAttributesClass, Columns = StorageTables.VolumeAttributesClass,
        },
    ];
}

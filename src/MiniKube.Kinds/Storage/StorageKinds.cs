using MiniKube.Machinery;

namespace MiniKube.Kinds.Storage;

internal static class StorageKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<StorageClass>(),
        KindDeclaration.Of<VolumeAttachment>(),
        KindDeclaration.Of<CSIDriver>(),
        KindDeclaration.Of<CSINode>(),
        KindDeclaration.Of<CSIStorageCapacity>(),
        KindDeclaration.Of<VolumeAttributesClass>(),
    ];
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Resource;

internal static class ResourceKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<DeviceClass>(),
        KindDeclaration.Of<ResourceClaim>(),
        KindDeclaration.Of<ResourceClaimTemplate>(),
        KindDeclaration.Of<ResourceSlice>(),
    ];
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Resource;

internal static class ResourceKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<DeviceClass>() with { Hooks = ResourceHooks.DeviceClass },
        KindDeclaration.Of<ResourceClaim>() with { Hooks = ResourceHooks.ResourceClaim },
        KindDeclaration.Of<ResourceClaimTemplate>() with { Hooks = ResourceHooks.ResourceClaimTemplate },
        KindDeclaration.Of<ResourceSlice>() with { Hooks = ResourceHooks.ResourceSlice },
    ];
}

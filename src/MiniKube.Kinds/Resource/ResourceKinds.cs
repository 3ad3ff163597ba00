using MiniKube.Machinery;

namespace MiniKube.Kinds.Resource;

internal static class ResourceKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<DeviceClass>() with { Hooks = ResourceHooks.DeviceClass, Columns = Cells.NameAndAge },
        KindDeclaration.Of<ResourceClaim>() with { Hooks = ResourceHooks.ResourceClaim, Columns = SmallTables.ResourceClaim },
        KindDeclaration.Of<ResourceClaimTemplate>() with { Hooks = ResourceHooks.ResourceClaimTemplate, Columns = Cells.NameAndAge },
        KindDeclaration.Of<ResourceSlice>() with { Hooks = ResourceHooks.ResourceSlice, Columns = SmallTables.ResourceSlice },
    ];
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Discovery;

internal static class DiscoveryKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<EndpointSlice>() with { Hooks = EndpointSliceHooks.All, Columns = EndpointSliceTable.Columns },
    ];
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Coordination;

internal static class CoordinationKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Lease>() with { Hooks = LeaseHooks.All, Columns = SmallTables.Lease },
    ];
}

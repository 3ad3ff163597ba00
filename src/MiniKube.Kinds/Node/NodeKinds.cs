using MiniKube.Machinery;

namespace MiniKube.Kinds.Node;

internal static class NodeKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<RuntimeClass>() with { Hooks = RuntimeClassHooks.All, Columns = SmallTables.RuntimeClass },
    ];
}

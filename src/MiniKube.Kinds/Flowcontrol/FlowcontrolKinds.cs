using MiniKube.Machinery;

namespace MiniKube.Kinds.Flowcontrol;

internal static class FlowcontrolKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<FlowSchema>(),
        KindDeclaration.Of<PriorityLevelConfiguration>(),
    ];
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Flowcontrol;

internal static class FlowcontrolKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<FlowSchema>() with { Hooks = FlowcontrolHooks.FlowSchema, Columns = FlowcontrolTables.FlowSchema },
        KindDeclaration.Of<PriorityLevelConfiguration>() with
        {
            Hooks = FlowcontrolHooks.PriorityLevelConfiguration, Columns = FlowcontrolTables.PriorityLevelConfiguration,
        },
    ];
}

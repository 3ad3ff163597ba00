using MiniKube.Machinery;

namespace MiniKube.Kinds.Scheduling;

internal static class SchedulingKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<PriorityClass>() with { Hooks = PriorityClassHooks.All, Columns = SmallTables.PriorityClass },
    ];
}

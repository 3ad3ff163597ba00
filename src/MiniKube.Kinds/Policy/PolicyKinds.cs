using MiniKube.Machinery;

namespace MiniKube.Kinds.Policy;

internal static class PolicyKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<PodDisruptionBudget>() with
        {
            Hooks = PodDisruptionBudgetHooks.All, Columns = SmallTables.PodDisruptionBudget,
        },
    ];
}

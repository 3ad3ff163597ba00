using MiniKube.Machinery;

namespace MiniKube.Kinds.Autoscaling;

internal static class AutoscalingKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<HorizontalPodAutoscaler>() with
        {
            Hooks = HorizontalPodAutoscalerHooks.All, Columns = HorizontalPodAutoscalerTable.Columns,
        },
        KindDeclaration.Of<V1.HorizontalPodAutoscaler>() with
        {
            Hooks = HorizontalPodAutoscalerHooks.All, Conversion = V1.HorizontalPodAutoscalerConversion.Instance, Columns = HorizontalPodAutoscalerTable.Columns,
        },
    ];
}

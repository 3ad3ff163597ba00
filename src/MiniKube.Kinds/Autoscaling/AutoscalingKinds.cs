using MiniKube.Machinery;

namespace MiniKube.Kinds.Autoscaling;

internal static class AutoscalingKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<HorizontalPodAutoscaler>(),
        KindDeclaration.Of<V1.HorizontalPodAutoscaler>(),
    ];
}

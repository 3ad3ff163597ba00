using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class AppsKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Deployment>(),
        KindDeclaration.Of<ReplicaSet>(),
        KindDeclaration.Of<StatefulSet>(),
        KindDeclaration.Of<DaemonSet>(),
        KindDeclaration.Of<ControllerRevision>(),
    ];
}

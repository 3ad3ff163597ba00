using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class AppsKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Deployment>() with { Hooks = DeploymentHooks.All, Columns = AppsTables.Deployment },
        KindDeclaration.Of<ReplicaSet>() with { Hooks = ReplicaSetHooks.All, Columns = AppsTables.ReplicaSet },
        KindDeclaration.Of<StatefulSet>() with { Hooks = StatefulSetHooks.All, Columns = AppsTables.StatefulSet },
        KindDeclaration.Of<DaemonSet>() with { Hooks = DaemonSetHooks.All, Columns = AppsTables.DaemonSet },
        KindDeclaration.Of<ControllerRevision>() with { Hooks = ControllerRevisionHooks.All, Columns = AppsTables.ControllerRevision },
    ];
}

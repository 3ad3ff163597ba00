using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class AppsKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Deployment>() with { Hooks = DeploymentHooks.All },
        KindDeclaration.Of<ReplicaSet>() with { Hooks = ReplicaSetHooks.All },
        KindDeclaration.Of<StatefulSet>() with { Hooks = StatefulSetHooks.All },
        KindDeclaration.Of<DaemonSet>() with { Hooks = DaemonSetHooks.All },
        KindDeclaration.Of<ControllerRevision>() with { Hooks = ControllerRevisionHooks.All },
    ];
}

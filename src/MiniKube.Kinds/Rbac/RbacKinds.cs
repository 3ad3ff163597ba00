using MiniKube.Machinery;

namespace MiniKube.Kinds.Rbac;

internal static class RbacKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Role>() with { Hooks = RbacHooks.Role },
        KindDeclaration.Of<RoleBinding>() with { Hooks = RbacHooks.RoleBinding },
        KindDeclaration.Of<ClusterRole>() with { Hooks = RbacHooks.ClusterRole },
        KindDeclaration.Of<ClusterRoleBinding>() with { Hooks = RbacHooks.ClusterRoleBinding },
    ];
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Rbac;

internal static class RbacKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Role>() with { Hooks = RbacHooks.Role, Columns = Cells.NameAndCreation },
        KindDeclaration.Of<RoleBinding>() with { Hooks = RbacHooks.RoleBinding, Columns = RbacTables.Binding },
        KindDeclaration.Of<ClusterRole>() with { Hooks = RbacHooks.ClusterRole, Columns = Cells.NameAndCreation },
        KindDeclaration.Of<ClusterRoleBinding>() with { Hooks = RbacHooks.ClusterRoleBinding, Columns = RbacTables.Binding },
    ];
}

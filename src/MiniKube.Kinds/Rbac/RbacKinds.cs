using MiniKube.Machinery;

namespace MiniKube.Kinds.Rbac;

internal static class RbacKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Role>(),
        KindDeclaration.Of<RoleBinding>(),
        KindDeclaration.Of<ClusterRole>(),
        KindDeclaration.Of<ClusterRoleBinding>(),
    ];
}

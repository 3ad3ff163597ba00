using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiregistration;

internal static class ApiregistrationKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<APIService>() with { Hooks = APIServiceHooks.All, Columns = SmallTables.APIService },
    ];
}

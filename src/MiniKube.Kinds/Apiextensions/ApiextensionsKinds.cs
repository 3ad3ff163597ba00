using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

internal static class ApiextensionsKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<CustomResourceDefinition>() with
        {
            Hooks = CustomResourceDefinitionHooks.All, Columns = Cells.NameAndCreation,
        },
    ];
}

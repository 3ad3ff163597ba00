using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

internal static class CustomResourceDefinitionHooks
{
    public static readonly KindHooks All = new() { Default = Default, Validate = (_, _) => { } };

    /// <summary>Names that follow from the others.</summary>
    private static void Default(JsonMap definition)
    {
        var names = definition.MapOrNew("spec").MapOrNew("names");
        if (names.Text("kind") is not { Length: > 0 } kind) return;
        if (!names.Has("singular")) names.Set("singular", kind.ToLowerInvariant());
        if (!names.Has("listKind")) names.Set("listKind", kind + "List");
    }
}

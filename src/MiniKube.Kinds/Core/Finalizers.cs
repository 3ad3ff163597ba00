using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class Finalizers
{
    public static void Ensure(JsonMap tree, string finalizer)
    {
        var list = tree.MapOrNew("metadata").ListOrNew("finalizers");
        if (!list.Texts().Contains(finalizer)) list.Add(finalizer);
    }
}

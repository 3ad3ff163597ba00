using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

internal static class CustomResourceDefinitionHooks
{
    public static readonly KindHooks All = new()
    {
        Default = Default,
        PrepareCreate = definition => definition.Set("status", new JsonMap
        {
            { "conditions", Json.Null }, { "acceptedNames", new JsonMap { { "plural", "" }, { "kind", "" } } },
            { "storedVersions", StoredVersions(definition) },
        }),
        PrepareUpdate = RememberStorage,
        Validate = CustomResourceDefinitionValidation.Check,
        ValidateUpdate = CustomResourceDefinitionValidation.CheckUpdate,
    };

    /// <summary>Names that follow from the others.</summary>
    private static void Default(JsonMap definition)
    {
        var names = definition.MapOrNew("spec").MapOrNew("names");
        if (names.Text("kind") is not { Length: > 0 } kind) return;
        if (!names.Has("singular")) names.Set("singular", kind.ToLowerInvariant());
        if (!names.Has("listKind")) names.Set("listKind", kind + "List");
    }

    private static JsonList StoredVersions(JsonMap definition) => JsonList.OfTexts(
        (definition.Map("spec")?.List("versions") ?? []).Maps().Where(v => v.Bool("storage") == true).Select(v => v.Text("name") ?? "").Take(1));

    /// <summary>A version that ever was the stored one may still be in the store.</summary>
    private static void RememberStorage(JsonMap definition, JsonMap old)
    {
        if (definition["status"] is null && old["status"] is { } status) definition.Set("status", status.Clone());
        var stored = definition.MapOrNew("status").ListOrNew("storedVersions");
        foreach (var version in StoredVersions(definition).Texts())
            if (!stored.Texts().Contains(version)) stored.Add(version);
    }
}

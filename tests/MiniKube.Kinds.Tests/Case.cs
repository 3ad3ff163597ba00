using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

/// <summary>Golden cases: one file each, found by folder.</summary>
internal static class Case
{
    private static readonly string Root = Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases");

    public static IEnumerable<TestCaseData> In(string folder) =>
        Directory.GetFiles(Path.Combine(Root, folder), "*.json").Order(StringComparer.Ordinal)
            .Select(file => new TestCaseData(JsonReader.ReadMap(File.ReadAllBytes(file))).SetArgDisplayNames(Path.GetFileNameWithoutExtension(file)));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static Kind KindOf(JsonMap tree) => BuiltInKinds.Find(tree.Text("apiVersion")!, tree.Text("kind")!)!;

    /// <summary>What the server does between body and store, without what needs its books.</summary>
    public static (JsonMap? Stored, ApiError? Error) Create(Kind kind, JsonMap sent)
    {
        var tree = sent.CloneMap();
        if (Decoding.Apply(kind, tree) is { } fault) return (null, fault);
        var meta = tree.MapOrNew("metadata");
        if (kind.Namespaced) meta.Set("namespace", "ref");
        Defaulting.Apply(kind, tree);
        meta.Set("uid", "11111111-2222-3333-4444-555555555555");
        if (kind.HasStatus && !kind.Hooks.StatusOnCreate) tree.Remove("status");
        kind.Hooks.PrepareCreate?.Invoke(tree);
        Defaulting.Apply(kind.Schema.Value, tree);
        var errors = ObjectRules.Create(kind, tree);
        meta.Remove("uid");
        return errors.Count == 0 ? (tree, null) : (null, ApiError.Invalid(kind.Group, kind.Name, meta.Text("name") ?? "", errors));
    }
}

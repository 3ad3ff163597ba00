using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class NamespaceHooks
{
    private const string NameLabel = "kubernetes.io/metadata.name";

    public static readonly KindHooks All = new()
    {
        Default = Label,
        PrepareCreate = Prepare,
        PrepareUpdate = (ns, old) =>
        {
            ns.MapOrNew("spec")["finalizers"] = old.Map("spec")?["finalizers"];
            ns["status"] = old["status"];
        },
        Validate = (_, _) => { },
        MarkDeleted = ns => ns.MapOrNew("status").Set("phase", "Terminating"),
        HoldsDeletion = ns => ns.Map("spec")?.List("finalizers") is { Count: > 0 },
        ReturnsDeleted = true,
        NameRule = NameRules.DnsLabel,
    };

    /// <summary>Selectors of other kinds find a namespace by this label; it can't be set to anything else.</summary>
    private static void Label(JsonMap ns)
    {
        if (ns.Map("metadata") is { } meta && meta.Text("name") is { Length: > 0 } name) meta.MapOrNew("labels").Set(NameLabel, name);
    }

    private static void Prepare(JsonMap ns)
    {
        ns.Set("status", new JsonMap { { "phase", "Active" } });
        var finalizers = ns.MapOrNew("spec").ListOrNew("finalizers");
        if (!finalizers.Texts().Contains("kubernetes")) finalizers.Add("kubernetes");
        Label(ns);
    }
}

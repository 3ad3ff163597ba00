using System.Text;

namespace MiniKube.Machinery;

/// <summary>What holds for the metadata of every kind.</summary>
public static class ObjectMetaRules
{
    private const int AnnotationsLimit = 256 * 1024;
    private static readonly string[] Standard = ["kubernetes", "orphan", "foregroundDeletion", "customresourcecleanup.apiextensions.k8s.io"];

    public static void Check(Kind kind, JsonMap tree, List<FieldError> errors) =>
        Check(tree.Map("metadata") ?? [], "metadata", kind.Namespaced, kind.Hooks.NameRule ?? NameRules.DnsSubdomain, errors, kind.Schema.Value.Typed);

    public static void Check(JsonMap meta, string path, bool namespaced, Func<string, IEnumerable<string>> nameRule, List<FieldError> errors,
        bool standardFinalizers = true)
    {
        if (meta.Text("generateName") is { Length: > 0 } prefix)
            errors.AddRange(nameRule(NameRules.WithoutTrailingDash(prefix)).Select(m => FieldError.Invalid(path + ".generateName", prefix, m)));
        var name = meta.Text("name") ?? "";
        if (name.Length == 0) errors.Add(FieldError.Required(path + ".name", "name or generateName is required"));
        else errors.AddRange(nameRule(name).Select(m => FieldError.Invalid(path + ".name", name, m)));
        var ns = meta.Text("namespace") ?? "";
        if (!namespaced)
        {
            if (ns.Length > 0) errors.Add(FieldError.Forbidden(path + ".namespace", "not allowed on this type"));
        }
        else if (ns.Length == 0)
        {
            errors.Add(FieldError.Required(path + ".namespace"));
        }
        else
        {
            errors.AddRange(NameRules.DnsLabel(ns).Select(m => FieldError.Invalid(path + ".namespace", ns, m)));
        }
        if (meta.Whole("generation") is < 0 and var generation)
            errors.Add(FieldError.Invalid(path + ".generation", generation, "must be greater than or equal to 0"));
        Labels(meta.Map("labels"), path + ".labels", errors);
        Annotations(meta.Map("annotations"), path + ".annotations", errors);
        Owners(meta.List("ownerReferences"), path + ".ownerReferences", errors);
        Finalizers(meta.List("finalizers"), path + ".finalizers", errors, standardFinalizers);
    }

    public static void CheckUpdate(JsonMap tree, JsonMap old, List<FieldError> errors)
    {
        var (now, before) = (tree.Map("metadata") ?? [], old.Map("metadata") ?? []);
        if (before.Has("deletionTimestamp"))
        {
            var known = (before.List("finalizers") ?? []).Texts().ToHashSet(StringComparer.Ordinal);
            var added = (now.List("finalizers") ?? []).Texts().Where(f => !known.Contains(f)).ToArray();
            if (added.Length > 0)
                errors.Add(FieldError.Forbidden("metadata.finalizers",
                    $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(a => $"\"{a}\""))}}}"));
        }
        if (now.Whole("generation") is { } generation && generation < before.Whole("generation"))
            errors.Add(FieldError.Invalid("metadata.generation", generation, "must not be decremented"));
        foreach (var fixedField in (ReadOnlySpan<string>)["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"])
            Immutable(now[fixedField], before[fixedField], $"metadata.{fixedField}", errors);
        Labels(now.Map("labels"), "metadata.labels", errors);
        Annotations(now.Map("annotations"), "metadata.annotations", errors);
        Owners(now.List("ownerReferences"), "metadata.ownerReferences", errors);
    }

    public static void Immutable(Json? now, Json? before, string path, List<FieldError> errors)
    {
        if (now is null or JsonNull ? before is not (null or JsonNull) : !now.SameAs(before))
            errors.Add(FieldError.Invalid(path, now, "field is immutable"));
    }

    public static void Labels(JsonMap? labels, string path, List<FieldError> errors)
    {
        if (labels is null) return;
        foreach (var (key, value) in InOrder(labels))
        {
            errors.AddRange(LabelRules.Key(key).Select(m => FieldError.Invalid(path, key, m)));
            var text = (value as JsonText)?.Value ?? "";
            errors.AddRange(LabelRules.ValueFaults(text).Select(m => FieldError.Invalid(path, text, m)));
        }
    }

    public static void Annotations(JsonMap? annotations, string path, List<FieldError> errors)
    {
        if (annotations is null) return;
        foreach (var (key, _) in InOrder(annotations))
            errors.AddRange(LabelRules.Key(key.ToLowerInvariant()).Select(m => FieldError.Invalid(path, key, m)));
        var size = annotations.Sum(a => Encoding.UTF8.GetByteCount(a.Key) + Encoding.UTF8.GetByteCount((a.Value as JsonText)?.Value ?? ""));
        if (size > AnnotationsLimit) errors.Add(FieldError.TooLong(path, AnnotationsLimit));
    }

    private static void Owners(JsonList? owners, string path, List<FieldError> errors)
    {
        if (owners is null) return;
        string? controller = null;
        foreach (var owner in owners.Maps())
        {
            var (apiVersion, kind, name) = (owner.Text("apiVersion") ?? "", owner.Text("kind") ?? "", owner.Text("name") ?? "");
            if (apiVersion.Length == 0 || apiVersion.EndsWith('/'))
                errors.Add(FieldError.Invalid(path + ".apiVersion", apiVersion, "version must not be empty"));
            if (kind.Length == 0) errors.Add(FieldError.Invalid(path + ".kind", kind, "must not be empty"));
            if (name.Length == 0) errors.Add(FieldError.Invalid(path + ".name", name, "must not be empty"));
            if (owner.Text("uid") is not { Length: > 0 }) errors.Add(FieldError.Invalid(path + ".uid", "", "must not be empty"));
            if (apiVersion == "v1" && kind == "Event")
                errors.Add(FieldError.Invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"));
            if (owner.Bool("controller") != true) continue;
            if (controller is null) controller = name;
            else
                errors.Add(FieldError.Invalid(path, owners,
                    $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {name}"));
        }
    }

    private static void Finalizers(JsonList? finalizers, string path, List<FieldError> errors, bool onlyStandard)
    {
        if (finalizers is null) return;
        var names = finalizers.Texts().ToArray();
        foreach (var name in names) errors.AddRange(LabelRules.Key(name).Select(m => FieldError.Invalid(path, name, m)));
        if (names.Contains("orphan") && names.Contains("foregroundDeletion"))
            errors.Add(FieldError.Invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
        if (!onlyStandard) return;
        for (var i = 0; i < names.Length; i++)
            if (!names[i].Contains('/') && !Standard.Contains(names[i]))
                errors.Add(FieldError.Invalid($"{path}[{i}]", names[i], "name is neither a standard finalizer name nor is it fully qualified"));
    }

    /// <summary>Upstream's maps have no order; by name is at least always the same.</summary>
    private static IEnumerable<KeyValuePair<string, Json>> InOrder(JsonMap map) =>
        map.Count < 2 ? map : map.OrderBy(m => m.Key, StringComparer.Ordinal);
}

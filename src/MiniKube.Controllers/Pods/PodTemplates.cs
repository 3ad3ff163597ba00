using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Pods from templates.</summary>
public static class PodTemplates
{
    /// <summary>A pod to create, with a name the server completes, owned and managed by the given object.</summary>
    public static JsonMap Pod(JsonMap template, Item owner, string? generateName = null)
    {
        var pod = new JsonMap { { "apiVersion", "v1" }, { "kind", "Pod" } };
        var from = template.Map("metadata");
        var metadata = new JsonMap { { "generateName", generateName ?? Prefix(owner.Name) } };
        if (from?.Map("labels") is { } labels) metadata.Add("labels", labels.Clone());
        if (from?.Map("annotations") is { } annotations) metadata.Add("annotations", annotations.Clone());
        if (from?.List("finalizers") is { } finalizers) metadata.Add("finalizers", finalizers.Clone());
        metadata.Add("ownerReferences", JsonList.Of(Ownership.Reference(owner)));
        pod.Add("metadata", metadata);
        pod.Add("spec", template.Map("spec")?.Clone() ?? new JsonMap());
        return pod;
    }

    /// <summary>A prefix that leaves room for the suffix; a name too long as a prefix is used without the dash.</summary>
    public static string Prefix(string name) => name.Length + 1 <= 253 ? $"{name}-" : name;
}

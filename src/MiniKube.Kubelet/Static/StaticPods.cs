using System.Security.Cryptography;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Static;

/// <summary>Pods that nobody but this node's own files or an address declares.</summary>
public static class StaticPods
{
    public const string Source = "kubernetes.io/config.source";
    public const string Hash = "kubernetes.io/config.hash";
    public const string Mirror = "kubernetes.io/config.mirror";
    private const string Seen = "kubernetes.io/config.seen";

    /// <summary>A manifest as the pod of this node that it means, or what is wrong with it.</summary>
    public static (JsonMap? Pod, string? Fault) Of(JsonMap manifest, string source, string origin, string node, DateTimeOffset now)
    {
        if (manifest.Text("apiVersion") != "v1" || manifest.Text("kind") != "Pod") return (null, $"{origin}: a manifest must be a Pod of v1, not {manifest.Text("apiVersion")} {manifest.Text("kind")}");
        var pod = manifest.CloneMap();
        pod.Remove("status");
        var metadata = pod.Map("metadata")?.CloneMap() ?? [];
        if (metadata.Text("name") is not { Length: > 0 } name) return (null, $"{origin}: the pod has no name");
        if (pod.Map("spec") is not { } spec || spec.List("containers") is not { Count: > 0 }) return (null, $"{origin}: the pod has no containers");
        // The same words in the same file are the same pod; anything else is another one.
        var uid = Convert.ToHexStringLower(SHA256.HashData([.. System.Text.Encoding.UTF8.GetBytes($"{node}\n{origin}\n"), .. JsonWriter.ToUtf8(manifest)]))[..32];
        var annotations = metadata.Map("annotations")?.CloneMap() ?? [];
        annotations.Set(Hash, uid);
        annotations.Set(Source, source);
        annotations.Set(Seen, now.UtcDateTime.ToString("O"));
        var cleaned = new JsonMap { { "name", name.EndsWith($"-{node}", StringComparison.Ordinal) ? name : $"{name}-{node}" }, { "namespace", metadata.Text("namespace") is { Length: > 0 } ns ? ns : "default" }, { "uid", uid } };
        if (metadata.Map("labels") is { } labels) cleaned.Add("labels", labels);
        cleaned.Add("annotations", annotations);
        cleaned.Add("creationTimestamp", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        pod.Set("metadata", cleaned);
        spec = spec.CloneMap();
        spec.Set("nodeName", node);
        // Whatever a node is tainted with, its own pods stay.
        var tolerations = spec.List("tolerations") is { } given ? new JsonList(given) : [];
        if (!tolerations.Maps().Any(t => t.Text("effect") == "NoExecute" && t.Text("operator") == "Exists" && t.Text("key") is null)) tolerations.Add(new JsonMap { { "operator", "Exists" }, { "effect", "NoExecute" } });
        spec.Set("tolerations", tolerations);
        pod.Set("spec", spec);
        Defaulting.Apply(BuiltInKinds.Of<Pod>(), pod);
        pod.Set("status", new JsonMap { { "phase", "Pending" }, { "qosClass", PodQos.Of(spec) } });
        return (pod, null);
    }

    /// <summary>The uid under which a pod's containers and files go: that of the static pod, where the API's is only its image.</summary>
    public static string UidOf(Item pod) => pod.Meta.Annotation(Mirror) ?? pod.Uid;

    public static bool IsMirror(Item pod) => pod.Meta.Annotation(Mirror) is not null;

    public static bool IsStatic(Pod pod) => pod.Metadata.Annotations?.ContainsKey(Source) == true && pod.Metadata.Annotations?.ContainsKey(Mirror) != true;
}

/// <summary>How the API shows a static pod: an object that mirrors it, which the node makes, replaces and takes away.</summary>
public abstract record MirrorStep
{
    private MirrorStep() { }

    public sealed record Create(JsonMap Object) : MirrorStep;

    public sealed record Delete(string Uid) : MirrorStep;

    /// <summary>What is to be done about one name; null when it is as it should be, or when its pod may only not be known yet.</summary>
    public static MirrorStep? For(JsonMap? wanted, Item? there, string node, string? nodeUid, bool allKnown = true)
    {
        if (wanted is null && !allKnown && there?.BeingDeleted != true) return null;
        if (there is not null && !StaticPods.IsMirror(there)) return null;
        if (there is not null && (wanted is null || there.BeingDeleted || there.Meta.Annotation(StaticPods.Mirror) != wanted.Map("metadata")?.Text("uid"))) return new Delete(there.Uid);
        if (wanted is null || there is not null || nodeUid is null) return null;
        var made = wanted.CloneMap();
        made.Remove("status");
        var metadata = made.Map("metadata")!;
        metadata.Remove("creationTimestamp");
        metadata.Map("annotations")!.Set(StaticPods.Mirror, metadata.Text("uid")!);
        metadata.Remove("uid");
        metadata.Set("ownerReferences", JsonList.Of(new JsonMap { { "apiVersion", "v1" }, { "kind", "Node" }, { "name", node }, { "uid", nodeUid }, { "controller", true } }));
        return new Create(made);
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>Events about a pod or one of its containers.</summary>
internal sealed class PodEvents(IEventSink sink, Pod pod, string? fieldPath = null)
{
    private readonly ObjectRef about = new("v1", "Pod", pod.Metadata.Namespace, pod.Metadata.Name!, pod.Metadata.Uid, pod.Metadata.ResourceVersion, fieldPath);

    public PodEvents For(string container, ContainerKind kind) => new(sink, pod, PodContainers.FieldPath(container, kind));

    public void Normal(string reason, string message) => Tell("Normal", reason, message);

    public void Warning(string reason, string message) => Tell("Warning", reason, message);

    public void Tell(string type, string reason, string message) => sink.Emit(about, type, reason, message);
}

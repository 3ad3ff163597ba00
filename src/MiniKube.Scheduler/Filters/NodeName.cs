namespace MiniKube.Scheduler;

public sealed class NodeName : SimpleFilter
{
    public override string Name => nameof(NodeName);

    protected override bool Concerns(PodInfo pod, Snapshot snapshot) => !string.IsNullOrEmpty(pod.Spec.NodeName);

    public override Rejection? Check(PodInfo pod, NodeInfo node) =>
        pod.Spec.NodeName == node.Name ? null : Rejection.Of(Name, "node(s) didn't match the requested node name");
}

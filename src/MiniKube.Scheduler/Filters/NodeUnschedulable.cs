namespace MiniKube.Scheduler;

public sealed class NodeUnschedulable : SimpleFilter
{
    public override string Name => nameof(NodeUnschedulable);

    protected override bool Concerns(PodInfo pod, Snapshot snapshot) => snapshot.Cordoned > 0;

    public override Rejection? Check(PodInfo pod, NodeInfo node) =>
        !node.Unschedulable || Tolerations.Tolerates(pod.Tolerations, Tolerations.Unschedulable) ? null : Rejection.Of(Name, "node(s) were unschedulable");
}

namespace MiniKube.Scheduler;

public sealed class NodeUnschedulable : SimpleFilter
{
    public override string Name => nameof(NodeUnschedulable);

    public override Rejection? Check(PodInfo pod, NodeInfo node) =>
        node.Item.Value.Spec?.Unschedulable != true || Tolerations.Tolerates(pod.Tolerations, Tolerations.Unschedulable)
            ? null
            : Rejection.Of(Name, "node(s) were unschedulable");
}

namespace MiniKube.Scheduler;

public sealed class TaintToleration : SimpleFilter
{
    public override string Name => nameof(TaintToleration);

    protected override bool Concerns(PodInfo pod, Snapshot snapshot) => snapshot.Tainted > 0;

    public override Rejection? Check(PodInfo pod, NodeInfo node)
    {
        foreach (var taint in node.Taints)
        {
            if (taint.Effect is not ("NoSchedule" or "NoExecute") || Tolerations.Tolerates(pod.Tolerations, taint)) continue;
            return Rejection.Of(Name, $"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}");
        }
        return null;
    }
}

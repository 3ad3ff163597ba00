namespace MiniKube.Scheduler;

public sealed class NodePorts : SimpleFilter
{
    public override string Name => nameof(NodePorts);

    protected override bool Concerns(PodInfo pod, Snapshot snapshot) => pod.HostPorts.Count > 0;

    public override Rejection? Check(PodInfo pod, NodeInfo node)
    {
        if (!node.HasHostPorts) return null;
        foreach (var other in node.Pods)
            foreach (var taken in other.HostPorts)
                foreach (var wanted in pod.HostPorts)
                    if (Collide(taken, wanted)) return Rejection.Of(Name, "node(s) didn't have free ports for the requested pod ports", resolvable: true);
        return null;
    }

    private static bool Collide((string Ip, string Protocol, int Port) a, (string Ip, string Protocol, int Port) b) =>
        a.Port == b.Port && a.Protocol == b.Protocol && (a.Ip == b.Ip || a.Ip == "0.0.0.0" || b.Ip == "0.0.0.0");
}

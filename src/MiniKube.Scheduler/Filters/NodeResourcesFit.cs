namespace MiniKube.Scheduler;

public sealed class NodeResourcesFit(IReadOnlyList<string> ignored, IReadOnlyList<string> ignoredGroups) : SimpleFilter
{
    public override string Name => nameof(NodeResourcesFit);

    public override Rejection? Check(PodInfo pod, NodeInfo node)
    {
        List<string>? reasons = null;
        // What the empty node couldn't hold, no preemption makes room for.
        var resolvable = true;
        if (node.Pods.Length + 1 > node.AllowedPods) (reasons ??= []).Add("Too many pods");
        var (need, has, used) = (pod.Requests, node.Allocatable, node.Requested);
        Compare("cpu", need.MilliCpu, has.MilliCpu, used.MilliCpu);
        Compare("memory", need.Memory, has.Memory, used.Memory);
        Compare("ephemeral-storage", need.EphemeralStorage, has.EphemeralStorage, used.EphemeralStorage);
        foreach (var (name, amount) in need.Extended)
            if (!Ignored(name)) Compare(name, amount, has.Extended.GetValueOrDefault(name), used.Extended.GetValueOrDefault(name));
        return reasons is null ? null : new Rejection(Name, reasons, resolvable);

        void Compare(string name, long wanted, long allocatable, long requested)
        {
            if (wanted <= 0 || wanted <= allocatable - requested) return;
            (reasons ??= []).Add($"Insufficient {name}");
            if (wanted > allocatable) resolvable = false;
        }
    }

    private bool Ignored(string name) => ignored.Contains(name) || name.IndexOf('/') is > 0 and var slash && ignoredGroups.Contains(name[..slash]);
}

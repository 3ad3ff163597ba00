namespace MiniKube.Scheduler;

/// <summary>Why a pod can't run on a node. Resolvable: pods that go away could change that.</summary>
public readonly record struct Rejection(string Plugin, IReadOnlyList<string> Reasons, bool Resolvable)
{
    public static Rejection Of(string plugin, string reason, bool resolvable = false) => new(plugin, [reason], resolvable);
}

/// <summary>A question to a node. What is the same for all nodes is worked out once per pod in Prepare.</summary>
public interface IFilter
{
    string Name { get; }

    /// <summary>Null when this filter has nothing to say about the pod.</summary>
    IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot);
}

public interface IPreparedFilter
{
    /// <summary>Null when the node will do.</summary>
    Rejection? Check(NodeInfo node);

    /// <summary>A reason why no node at all will do.</summary>
    string? Hopeless => null;

    /// <summary>The only nodes worth looking at, by name; null for all of them.</summary>
    IReadOnlySet<string>? Only => null;

    /// <summary>The same filter with one pod less or more on a node: what preemption and nomination ask.</summary>
    IPreparedFilter With(NodeInfo node, PodInfo pod, bool removed) => this;
}

/// <summary>A filter that needs nothing but the pod and the node.</summary>
public abstract class SimpleFilter : IFilter
{
    public abstract string Name { get; }

    protected virtual bool Concerns(PodInfo pod, Snapshot snapshot) => true;

    protected virtual IReadOnlySet<string>? Only(PodInfo pod) => null;

    protected virtual string? HopelessFor(IReadOnlySet<string>? only) => null;

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot) => Concerns(pod, snapshot) ? new Prepared(this, pod) : null;

    public abstract Rejection? Check(PodInfo pod, NodeInfo node);

    private sealed class Prepared(SimpleFilter filter, PodInfo pod) : IPreparedFilter
    {
        public IReadOnlySet<string>? Only { get; } = filter.Only(pod);
        public string? Hopeless => filter.HopelessFor(Only);

        public Rejection? Check(NodeInfo node) => filter.Check(pod, node);
    }
}

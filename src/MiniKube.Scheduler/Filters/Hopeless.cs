namespace MiniKube.Scheduler;

/// <summary>No node will do, and it isn't the nodes' fault.</summary>
public sealed class Hopeless(string plugin, string why) : IPreparedFilter
{
    string? IPreparedFilter.Hopeless => why;

    public Rejection? Check(NodeInfo node) => Rejection.Of(plugin, why);
}

using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>One look at one key: the moment it happens and what went wrong at the last look, if anything.</summary>
public sealed record Turn(Key Key, DateTimeOffset Now, ApiError? LastFailure = null);

/// <summary>What the runner needs of a controller. Controllers decide; they never act.</summary>
public abstract class Controller
{
    /// <summary>"replicaset-controller": the source of its events and the user of its requests.</summary>
    public abstract string Name { get; }

    public virtual int Parallelism => 5;

    public virtual BackOff BackOff => BackOff.WorkQueue;

    /// <summary>Says which changes concern which keys. Called once, before the caches fill.</summary>
    public abstract void Watch(Triggers triggers);

    /// <summary>The plan for a key, or null when there is nothing of that key.</summary>
    public abstract Plan? Decide(Turn turn);
}

/// <summary>A controller as the house builds them: one immutable look at the caches, one pure decision over it.</summary>
public abstract class Controller<TSeen> : Controller where TSeen : class
{
    protected abstract TSeen? Observe(Turn turn);

    protected abstract Plan For(TSeen seen);

    public sealed override Plan? Decide(Turn turn) => Observe(turn) is { } seen ? For(seen) : null;
}

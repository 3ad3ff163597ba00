using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>One look at one key: the moment it happens and what went wrong at the last look, if anything.</summary>
public sealed record Turn(Key Key, DateTimeOffset Now, ApiError? LastFailure = null);

/// <summary>What the runner needs of a controller. Controllers decide; they never act.</summary>
public abstract class Controller
{
    /// <summary>"replicaset-controller": the source of its events.</summary>
    public abstract string Name { get; }

    /// <summary>The service account of kube-system in whose name it acts, or the full name of a user.</summary>
    public virtual string Account => Name;

    public virtual int Parallelism => 5;

    public virtual BackOff BackOff => BackOff.WorkQueue;

    /// <summary>Says which changes concern which keys. Called once, before the caches fill.</summary>
    public abstract void Watch(Triggers triggers);

    /// <summary>The plan for a key, or null when there is nothing of that key.</summary>
    public abstract ValueTask<Plan?> Decide(Turn turn, CancellationToken cancel);
}

/// <summary>A controller as the house builds them: one immutable look at the caches, one pure decision over it.</summary>
public abstract class Controller<TSeen> : Controller where TSeen : class
{
    protected abstract TSeen? Observe(Turn turn);

    protected abstract Plan For(TSeen seen);

    public sealed override ValueTask<Plan?> Decide(Turn turn, CancellationToken cancel) =>
        new(Observe(turn) is { } seen ? For(seen) : null);
}

/// <summary>A controller whose look must be fresher than any cache, or goes beyond the API. Deciding stays pure.</summary>
public abstract class FreshController<TSeen> : Controller where TSeen : class
{
    protected abstract ValueTask<TSeen?> Observe(Turn turn, CancellationToken cancel);

    protected abstract Plan For(TSeen seen);

    public sealed override async ValueTask<Plan?> Decide(Turn turn, CancellationToken cancel) =>
        await Observe(turn, cancel) is { } seen ? For(seen) : null;
}

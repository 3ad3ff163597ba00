using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>The stop of one container: its hook first, then the signal, and the kill when the grace is over. The grace can be made shorter on the way.</summary>
internal sealed class StopWork(NodeContext node, PodSeen seen, PodStep.Stop step, Container? declared, PodEvents events) : IDisposable
{
    /// <summary>However long the hook took, the signal gets this much.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource shortened = new();
    private DateTimeOffset deadline = node.Time.GetUtcNow() + step.Grace;

    public void Shorten(DateTimeOffset until)
    {
        if (until >= deadline - TimeSpan.FromSeconds(1)) return;
        deadline = until;
        try
        {
            shortened.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended of itself.
        }
    }

    public void Dispose() => shortened.Dispose();

    public async Task Run(CancellationToken cancel)
    {
        var left = step.Grace;
        if (step.Hooks && left > TimeSpan.Zero && declared?.Lifecycle?.PreStop is { } hook)
        {
            await PreStop(hook, left, cancel);
            left = deadline - node.Time.GetUtcNow();
            if (left < Least) left = Least;
        }
        var stop = node.Engine.StopContainer(step.Container.Id, left, declared?.Lifecycle?.StopSignal, cancel);
        var cut = Task.Delay(Timeout.InfiniteTimeSpan, shortened.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (await Task.WhenAny(stop, cut) != stop)
        {
            var rest = deadline - node.Time.GetUtcNow();
            if (rest > TimeSpan.Zero) await Task.WhenAny(stop, Task.Delay(rest, node.Time, cancel));
            if (!stop.IsCompleted) await node.Engine.StopContainer(step.Container.Id, TimeSpan.Zero, null, cancel);
        }
        await stop;
    }

    private async Task PreStop(LifecycleHandler hook, TimeSpan limit, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, shortened.Token);
        patience.CancelAfter(limit);
        try
        {
            if (await node.Hooks.Run(hook, declared!, step.Container, seen.PodIP ?? seen.HostIP, patience.Token) is not null)
                events.For(step.Container.Name, PodContainers.Of(seen.Spec).First(c => c.Container.Name == step.Container.Name).Kind).Warning("FailedPreStopHook", "PreStopHook failed");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The grace is over, or it was made shorter: on to the signal.
        }
    }
}

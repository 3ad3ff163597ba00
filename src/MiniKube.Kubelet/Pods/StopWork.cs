using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;

namespace MiniKube.Kubelet.Pods;

/// <summary>
/// The stop of one container: its hook first, then the signal once it is its turn, and the kill when the grace is over. The grace can be made
/// shorter on the way.
/// </summary>
internal sealed class StopWork(IContainerEngine engine, Hooks hooks, TimeProvider time, PodSeen seen, PodStep.Stop step, Container? declared, PodEvents events) : IDisposable
{
    /// <summary>However little was given, and however long the hook took, the signal gets this much.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource shortened = new();
    private readonly TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset deadline = time.GetUtcNow() + step.Grace;

    /// <summary>What had to end before it has ended.</summary>
    public void Turn() => turn.TrySetResult();

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
            left = deadline - time.GetUtcNow();
        }
        if (!step.InTurn && left > TimeSpan.Zero)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancel, shortened.Token);
            await Task.WhenAny(turn.Task, Task.Delay(left, time, waiting.Token));
            await waiting.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            left = deadline - time.GetUtcNow();
        }
        if (left < Least) left = Least;
        var stop = engine.StopContainer(step.Container.Id, left, declared?.Lifecycle?.StopSignal, cancel);
        var cut = Task.Delay(Timeout.InfiniteTimeSpan, shortened.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (await Task.WhenAny(stop, cut) != stop)
        {
            var rest = deadline - time.GetUtcNow();
            if (rest > TimeSpan.Zero) await Task.WhenAny(stop, Task.Delay(rest, time, cancel));
            if (!stop.IsCompleted) await engine.StopContainer(step.Container.Id, TimeSpan.Zero, null, cancel);
        }
        await stop;
    }

    private async Task PreStop(LifecycleHandler hook, TimeSpan limit, CancellationToken cancel)
    {
        using var over = new CancellationTokenSource(limit, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, shortened.Token, over.Token);
        try
        {
            if (await hooks.Run(hook, seen.Identity, declared!, step.Container, seen.PodIP ?? seen.HostIP, patience.Token) is not null)
                Failed();
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The grace is over, or it was made shorter: on to the signal, which cuts off everything but a sleep.
            if (hook.Sleep is null) Failed();
        }
    }

    private void Failed() => events.For(step.Container.Name, PodContainers.Of(seen.Spec).First(c => c.Container.Name == step.Container.Name).Kind).Warning("FailedPreStopHook", "PreStopHook failed");
}

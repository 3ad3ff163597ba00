using System.Collections.Concurrent;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>What went wrong where, for the log.</summary>
public sealed record LoopFailure(string Controller, Key Key, string Message, Exception? Exception = null);

/// <summary>
/// Runs one controller: takes a key, asks for the plan, carries it out, waits until the caches show what was written,
/// then lets the key go. So a decision never sees a state older than its own last act, and never acts twice for it.
/// </summary>
public sealed class Runner(Controller controller, IApi api, Caches caches, IEventSink events, Action<LoopFailure>? onFailure = null) : IDisposable
{
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(30);

    private readonly PlanExecutor executor = new(api, events);
    private readonly WorkQueue<Key> queue = new(controller.Name, caches.Time, controller.BackOff);
    private readonly ConcurrentDictionary<Key, ApiError> lastFailures = new();
    private readonly KeyValuePair<string, object?> label = new("controller", controller.Name);
    private Triggers? triggers;

    public WorkQueue<Key> Queue => queue;

    /// <summary>Registers the controller's interests; before the caches start, so that nothing is missed.</summary>
    public void Prepare()
    {
        triggers = new(queue.Add, queue.AddAfter);
        controller.Watch(triggers);
    }

    public async Task Run(CancellationToken cancel)
    {
        if (triggers is null) Prepare();
        try
        {
            await Task.WhenAll(triggers!.Watched.Select(c => c.WhenSynced(cancel)));
            await Task.WhenAll(Enumerable.Range(0, controller.Parallelism).Select(_ => Task.Run(() => Work(cancel), CancellationToken.None)));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    public void Dispose() => queue.Dispose();

    private async Task Work(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var key = await queue.Take(cancel);
            try
            {
                await Turn(key, cancel);
            }
            finally
            {
                queue.Done(key);
            }
        }
    }

    /// <summary>One look at one key, from decision to caught-up caches.</summary>
    public async Task Turn(Key key, CancellationToken cancel)
    {
        var started = caches.Time.GetTimestamp();
        var writes = new Writes();
        try
        {
            var turn = new Turn(key, caches.Time.GetUtcNow(), lastFailures.GetValueOrDefault(key));
            var plan = await controller.Decide(turn, cancel) ?? Plan.Nothing;
            var error = plan.IsEmpty ? null : await executor.Execute(plan, writes, cancel);
            if (!await CaughtUp(writes, cancel)) queue.Retry(key);
            Settle(key, plan, error);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            // A bug or a broken connection: the loop goes on, this key comes back later.
            LoopMetrics.ReconcileErrors.Add(1, label);
            onFailure?.Invoke(new(controller.Name, key, e.Message, e));
            queue.Retry(key);
        }
        LoopMetrics.Reconciles.Add(1, label);
        LoopMetrics.ReconcileSeconds.Record(caches.Time.GetElapsedTime(started).TotalSeconds, label);
    }

    private void Settle(Key key, Plan plan, ApiError? error)
    {
        if (error is null)
        {
            queue.Forget(key);
            // The decision that knew of the failure must be made again without it.
            if (lastFailures.TryRemove(key, out _)) queue.Add(key);
            else if (plan.RecheckAfter is { } after) queue.AddAfter(key, after);
            return;
        }
        if (error.Reason is "Conflict" or "AlreadyExists")
        {
            queue.Retry(key);
            return;
        }
        LoopMetrics.ReconcileErrors.Add(1, label);
        lastFailures[key] = error;
        onFailure?.Invoke(new(controller.Name, key, error.Message));
        queue.Retry(key);
    }

    private async Task<bool> CaughtUp(Writes writes, CancellationToken cancel)
    {
        var shown = writes.Shown(caches.Find, cancel);
        if (shown.IsCompletedSuccessfully) return true;
        try
        {
            await shown.WaitAsync(CatchUpLimit, caches.Time, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            LoopMetrics.CatchUpTimeouts.Add(1, label);
            return false;
        }
    }
}

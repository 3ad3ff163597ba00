using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Scheduler.Configuration;
using MiniKube.Scheduler.Extenders;

namespace MiniKube.Scheduler;

/// <summary>
/// One loop that decides, pod after pod, over one snapshot. It never waits for the API: what it decided counts at once, bindings are
/// written in the background, and one that fails is taken back. Only extenders, where there are any, are waited for.
/// </summary>
public sealed class SchedulerProcess : IDisposable
{
    private const int MostBindings = 256;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);

    private readonly SchedulerCaches caches;
    private readonly TimeProvider time;
    private readonly Binder binder;
    private readonly IReadOnlyDictionary<string, EventRecorder> recorders;
    private readonly VolumeFacts volumes;
    private readonly IReadOnlyDictionary<string, Profile> profiles;
    private readonly IReadOnlyList<Extender> extenders;
    private readonly ExtendedPlacement placement;
    private readonly ClusterState state = new();
    private readonly Nominations nominations = new();
    private readonly SchedulingQueue queue;
    private readonly ConcurrentQueue<Action> changes = new();
    private readonly SemaphoreSlim signal = new(0);
    private readonly SemaphoreSlim bindings = new(MostBindings);
    private int start;
    private uint luck;

    public SchedulerProcess(Caches shared, IApi api, SchedulerConfiguration? configuration = null)
    {
        configuration ??= SchedulerConfiguration.Default;
        time = shared.Time;
        caches = new(shared);
        volumes = caches.VolumeFacts;
        queue = new(time, configuration.FirstBackOff, configuration.LongestBackOff);
        luck = (uint)time.GetTimestamp() | 1;
        profiles = configuration.Profiles.ToDictionary(p => p.SchedulerName, p => Profile.Of(p, volumes, caches.Spreading));
        recorders = profiles.Keys.ToDictionary(n => n, n => new EventRecorder(api, new(n) { NewStyle = true }, time));
        binder = new(api, recorders, time);
        extenders = [.. configuration.Extenders.Select(e => new Extender(e))];
        placement = new(extenders);
        state.Snapshot.NamespaceLabels = caches.LabelsOf;
        Subscribe();
    }

    /// <summary>Told when an attempt throws: a bug, or a broken connection.</summary>
    public Action<LoopFailure>? OnFailure { get; init; }

    public async Task Run(CancellationToken cancel)
    {
        var recording = Task.WhenAll(recorders.Values.Select(r => r.Run(cancel)));
        try
        {
            await Task.WhenAll(caches.Watched.Select(c => c.WhenSynced(cancel)));
            var nextSweep = time.GetUtcNow() + SweepEvery;
            while (!cancel.IsCancellationRequested)
            {
                Drain();
                if (time.GetUtcNow() >= nextSweep)
                {
                    queue.WakeForgotten();
                    nextSweep = time.GetUtcNow() + SweepEvery;
                }
                if (queue.Take() is { } pod) await Attempt(pod, cancel);
                else await Idle(nextSweep, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
        await recording;
    }

    public void Dispose()
    {
        signal.Dispose();
        bindings.Dispose();
        foreach (var extender in extenders) extender.Dispose();
    }

    private async Task Idle(DateTimeOffset until, CancellationToken cancel)
    {
        if (!changes.IsEmpty) return;
        var wait = (queue.NextDue is { } due && due < until ? due : until) - time.GetUtcNow();
        if (wait <= TimeSpan.Zero) return;
        using var alarm = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(signal.WaitAsync(alarm.Token), Task.Delay(wait, time, alarm.Token));
        await alarm.CancelAsync();
        while (signal.Wait(0, CancellationToken.None))
        {
        }
    }

    private void Post(Action change)
    {
        changes.Enqueue(change);
        if (signal.CurrentCount == 0) signal.Release();
    }

    private void Drain()
    {
        while (changes.TryDequeue(out var change)) change();
    }

    private async Task Attempt(QueuedPod queued, CancellationToken cancel)
    {
        var pod = queued.Pod;
        try
        {
            var profile = profiles[pod.SchedulerName];
            luck = luck * 1664525 + 1013904223;
            switch (await placement.Place(pod, state.Snapshot, profile, nominations, start, luck >> 8, cancel))
            {
                case PlacementResult.On on:
                    start = (start + on.Examined) % Math.Max(1, state.Snapshot.Count);
                    if (VolumeWrites.For(pod, on.Node, volumes) is { } provision)
                    {
                        Await(queued, on.Node.Name, provision, cancel);
                        break;
                    }
                    state.Place(pod, on.Node.Name);
                    queue.Remove(pod.Uid);
                    nominations.Remove(pod.Uid);
                    await bindings.WaitAsync(cancel);
                    _ = Task.Run(() => Bind(queued, on.Node.Name, cancel), CancellationToken.None);
                    break;
                case PlacementResult.Nowhere nowhere:
                    await Refuse(queued, profile, nowhere.Why, cancel);
                    break;
            }
        }
        catch (ExtendedPlacement.Unanswered e)
        {
            queue.Retry(queued);
            await binder.Refuse(pod, e.Message, null, cancel, "SchedulerError");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            OnFailure?.Invoke(new("default-scheduler", pod.Key, e.Message, e));
            queue.Retry(queued);
        }
    }

    /// <summary>The pod keeps its place on the node while its volumes come to be; when they have, it is tried again.</summary>
    private void Await(QueuedPod queued, string node, Plan provision, CancellationToken cancel)
    {
        queued.Attempts = 0;
        queue.Wait(queued, new HashSet<string> { nameof(VolumeBinding) });
        nominations.Add(queued.Pod, node);
        if (!provision.IsEmpty) _ = Task.Run(() => Provide(queued, provision, cancel), CancellationToken.None);
    }

    private async Task Provide(QueuedPod queued, Plan provision, CancellationToken cancel)
    {
        var failure = await Failing(() => binder.Provide(queued.Pod, provision, cancel));
        if (failure is null || cancel.IsCancellationRequested) return;
        Post(() =>
        {
            OnFailure?.Invoke(new("default-scheduler", queued.Pod.Key, $"volumes: {failure}"));
            nominations.Remove(queued.Pod.Uid);
            queue.Retry(queued);
        });
    }

    private static async Task<string?> Failing(Func<Task<ApiError?>> write)
    {
        try
        {
            return (await write())?.Message;
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }

    private async Task Bind(QueuedPod queued, string node, CancellationToken cancel)
    {
        var failure = await Failing(() => binder.Bind(queued.Pod, node, placement.BinderOf(queued.Pod, node), cancel));
        bindings.Release();
        if (failure is null || cancel.IsCancellationRequested) return;
        Post(() =>
        {
            OnFailure?.Invoke(new("default-scheduler", queued.Pod.Key, $"binding to {node}: {failure}"));
            // Whatever is true of the pod now, its cache knows.
            if (caches.Pods.Get(queued.Pod.Key) is { } now && now.Uid == queued.Pod.Uid && now.Value.Spec?.NodeName is { Length: > 0 }) return;
            state.Remove(queued.Pod.Uid);
            if (caches.Pods.Get(queued.Pod.Key)?.Uid == queued.Pod.Uid) queue.Return(queued);
        });
    }

    private async Task Refuse(QueuedPod queued, Profile profile, Diagnosis why, CancellationToken cancel)
    {
        var pod = queued.Pod;
        var preemption = why.Hopeless is null && why.Nodes > 0 && profile.Preempts
            ? await placement.Preempt(pod, state.Snapshot, profile, nominations, why, caches.Budgets.All(), start, cancel)
            : new(null, [], "");
        queue.Wait(queued, why.Plugins);
        if (preemption.Node is { } node)
        {
            var lesser = nominations.LessImportant(node.Name, pod.Priority);
            foreach (var other in lesser) nominations.Remove(other.Uid);
            nominations.Add(pod, node.Name);
            await binder.Preempt(pod, node.Name, preemption.Victims, lesser, cancel);
        }
        await binder.Refuse(pod, why.Message(preemption.Message), preemption.Node?.Name, cancel);
    }

    private void Subscribe()
    {
        caches.Nodes.Subscribe(c => Post(() => NodeChanged(c)));
        caches.Pods.Subscribe(c => Post(() => PodChanged(c)));
        caches.Claims.Subscribe(_ => Post(() => Happened(new ClusterEvent.VolumesChanged())));
        caches.Volumes.Subscribe(_ => Post(() => Happened(new ClusterEvent.VolumesChanged())));
        caches.Classes.Subscribe(_ => Post(() => Happened(new ClusterEvent.VolumesChanged())));
        caches.StorageNodes.Subscribe(_ => Post(() => Happened(new ClusterEvent.VolumesChanged())));
        caches.Drivers.Subscribe(_ => Post(() => Happened(new ClusterEvent.VolumesChanged())));
        caches.Attachments.Subscribe(_ => Post(() => Happened(new ClusterEvent.VolumesChanged())));
        caches.Capacities.Subscribe(_ => Post(() => Happened(new ClusterEvent.VolumesChanged())));
    }

    private void Happened(ClusterEvent what)
    {
        if (queue.Count > 0) queue.Happened(p => EventHints.MayHelp(what, p));
    }

    private void NodeChanged(Change<Node> change)
    {
        if (change.New is not { } node)
        {
            state.RemoveNode(change.Latest.Name);
            return;
        }
        // Heartbeats change nothing that matters here.
        if (change.Old is { } old && state.Snapshot.Find(node.Name) is not null && Alike(old, node)) return;
        var before = state.Snapshot.Find(node.Name);
        Happened(new ClusterEvent.NodeChanged(state.SetNode(node), before));
    }

    private static bool Alike(Item<Node> a, Item<Node> b)
    {
        var (x, y) = (a.Tree(), b.Tree());
        return Same("spec") && SameIn("metadata", "labels") && SameIn("status", "allocatable") && SameIn("status", "images");

        bool Same(string member) => x[member] is { } value ? value.SameAs(y[member]) : y[member] is null;
        bool SameIn(string outer, string member) => x.Dig(outer, member) is { } value ? value.SameAs(y.Dig(outer, member)) : y.Dig(outer, member) is null;
    }

    private void PodChanged(Change<Pod> change)
    {
        var latest = change.Latest;
        if (change.New is not { } item || item.Value.Status?.Phase is "Succeeded" or "Failed")
        {
            queue.Remove(latest.Uid);
            nominations.Remove(latest.Uid);
            if (state.Remove(latest.Uid)) Happened(new ClusterEvent.PodGone(new(latest)));
            return;
        }
        if (item.Value.Spec?.NodeName is { Length: > 0 } node)
        {
            queue.Remove(item.Uid);
            nominations.Remove(item.Uid);
            // Most changes of a running pod are of its status, and no business of the scheduler's.
            if (state.IsPlaced(item.Uid) && change.Old is { } was && was.Value.Spec?.NodeName == node && was.Meta.Generation == item.Meta.Generation &&
                was.BeingDeleted == item.BeingDeleted && was.Meta.Labels.SequenceEqual(item.Meta.Labels)) return;
            var news = state.Place(new(item), node);
            if (news || change.Old is { } before && !before.Meta.Labels.SequenceEqual(item.Meta.Labels))
                Happened(new ClusterEvent.PodThere(new(item)));
            return;
        }
        if (state.IsPlaced(item.Uid) || !profiles.ContainsKey(item.Value.Spec?.SchedulerName ?? "default-scheduler")) return;
        if (item.BeingDeleted)
        {
            queue.Remove(item.Uid);
            return;
        }
        var pod = new PodInfo(item);
        if (pod.NominatedNode is { } nominated && nominations.NodeOf(pod.Uid) is null) nominations.Add(pod, nominated);
        // What the scheduler itself wrote into the status is no reason to try again.
        if (change.Old is { } old && old.Meta.Generation == item.Meta.Generation && old.Meta.Labels.SequenceEqual(item.Meta.Labels)) queue.Add(pod);
        else queue.Changed(pod);
    }
}

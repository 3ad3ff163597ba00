using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Logs;
using MiniKube.Kubelet.Probes;
using MiniKube.Kubelet.Static;
using MiniKube.Kubelet.Stats;
using MiniKube.Kubelet.Status;
using MiniKube.Kubelet.Volumes;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Pods;

/// <summary>
/// Brings one pod about, for as long as it is on this node: look at the engine, decide, tell the API, act, look again. All
/// memory it has beyond the engine's labels may be lost without harm.
/// </summary>
internal sealed class PodWorker : IDisposable
{
    private static readonly ResourceRef PodResource = Resources.RefOf<Pod>();
    private static readonly TimeSpan EngineRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    private readonly NodeContext node;
    private readonly Wake wake = new(atOnce: true);
    private readonly Dictionary<string, StartTrouble> troubles = [];
    private readonly ConcurrentDictionary<string, StopWork> stopping = new();
    private readonly PodProbes probes;
    private Item<Pod> item;
    private readonly Interruption starting = new();
    private ResourceRequirements? granted;
    private Pod? agreed;
    private volatile bool gone;
    private volatile PodEnd? end;
    private bool accepted;
    private readonly Dictionary<string, DateTimeOffset> announcedBackOffs = [];
    private volatile string? mirrorUid;
    private volatile string? toldMirror;

    public PodWorker(NodeContext node, Item<Pod> pod)
    {
        this.node = node;
        item = pod;
        probes = new(node.Check, node.Probes, node.Counters, node.Time, Nudge);
    }

    public Item<Pod> Pod => Volatile.Read(ref item);

    /// <summary>Looks again soon.</summary>
    public void Nudge() => wake.Up();

    public void Update(Item<Pod> pod)
    {
        var before = Pod;
        Volatile.Write(ref item, pod);
        // A deletion doesn't wait for a pull or a hook to finish.
        if (pod.BeingDeleted && !before.BeingDeleted) starting.Cut();
        Nudge();
    }

    /// <summary>Of a static pod: how the API shows it, and whether it does. The declaration stays the manifest's.</summary>
    public void MirrorIs(Item<Pod>? mirror)
    {
        mirrorUid = mirror?.Uid;
        if (mirror?.Tree().Map("status") is { } status && status.Has("startTime"))
        {
            var tree = Pod.Tree();
            tree.Set("status", status);
            Volatile.Write(ref item, Resources.Of<Pod>().Item(JsonWriter.ToUtf8(tree)));
        }
        Nudge();
    }

    public void Removed()
    {
        gone = true;
        starting.Cut();
        Nudge();
    }

    /// <summary>The node ends the pod; false when it had ended already.</summary>
    public bool Evict(PodEnd why)
    {
        if (end is not null || Pod.BeingDeleted || Pod.Value.Status?.Phase is "Succeeded" or "Failed") return false;
        end = why;
        new PodEvents(node.Events, Pod.Value).Warning(why.Reason, why.Event ?? why.Message);
        starting.Cut();
        Nudge();
        return true;
    }

    /// <summary>Returns when nothing of the pod is left on the node.</summary>
    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            TimeSpan? rest;
            try
            {
                rest = await Turn(cancel);
                if (rest is null) return;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (EngineException e)
            {
                // An engine that is away is the node's affair, which says it once.
                if (e.Fault != EngineFault.Unreachable) node.Complain($"pod {Pod.Key}: {e.Message}");
                rest = EngineRetry;
            }
            catch (Exception e)
            {
                node.Complain($"pod {Pod.Key}: {e}");
                rest = EngineRetry;
            }
            if (rest > TimeSpan.Zero) await wake.Rest(rest.Value < LongestRest ? rest.Value : LongestRest, node.Time, cancel);
        }
    }

    public void Dispose()
    {
        probes.Dispose();
        starting.Dispose();
        wake.Dispose();
    }

    /// <summary>One look and what follows from it. How long to rest then, or null when all is done.</summary>
    private async Task<TimeSpan?> Turn(CancellationToken cancel)
    {
        // In this order: a deletion that comes in between is seen, or cuts short.
        var begun = starting.Begin();
        var current = Pod;
        var seen = await Look(current, cancel);
        if (!accepted)
        {
            var abilities = await node.AbilitiesFor(current.Value, cancel);
            // What was here before has been accepted once.
            var fresh = !seen.Deleted && current.Value.Status?.StartTime is null && seen.Engine is { Sandboxes: [], Containers: [] };
            var refusal = fresh ? await node.Accept(current.Value, abilities, cancel) : null;
            accepted = true;
            if (refusal is not null && Evict(refusal)) return TimeSpan.Zero;
        }
        var events = new PodEvents(node.Events, current.Value);
        probes.Sync(seen, events);
        seen = seen with { Probes = probes.Verdicts };
        var plan = PodPlan.For(seen);
        AnnounceBackOff(plan, seen, events);
        if (Deadline.Passed(seen) && current.Value.Status is { Reason: null, Phase: not ("Succeeded" or "Failed") }) events.Normal(Deadline.End.Reason, Deadline.End.Message);
        var status = PodStatuses.For(seen, plan);
        foreach (var (type, reason, message) in ResizeEvents.Of(current.Value, seen.Pod, status)) events.Tell(type, reason, message);
        await Report(current.Value, status, cancel);

        var volumes = seen.Deleted || Completion.IsOver(seen) ? null : await Volumes(seen, plan, events, cancel);
        var acted = false;
        foreach (var step in plan.Steps)
        {
            if (step is PodStep.Start && volumes is not { Fault: null }) continue;
            // A stop that is under way is not one more act.
            if (step is PodStep.Stop stop && !BeginStop(seen, stop, events, cancel)) continue;
            acted = true;
            if (step is PodStep.Finish)
            {
                await Finish(seen, cancel);
                return null;
            }
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, begun);
            try
            {
                await Act(step, seen, volumes, events, patience.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return TimeSpan.Zero;
            }
            if (Pod.BeingDeleted && !current.BeingDeleted) return TimeSpan.Zero;
        }
        if (volumes?.Fault is not null) return TimeSpan.FromSeconds(2);
        if (acted && plan.Steps.Any(s => s is not PodStep.Stop)) return TimeSpan.Zero;
        var rest = plan.RecheckAfter ?? LongestRest;
        if (node.Volumes.RenewAt(current.Uid) is { } renewal && renewal - node.Time.GetUtcNow() is var left && left < rest) rest = left;
        return rest > TimeSpan.Zero ? rest : TimeSpan.FromMilliseconds(20);
    }

    private async Task<PodSeen> Look(Item<Pod> current, CancellationToken cancel)
    {
        var state = await node.Engine.Observe(current.Uid, cancel);
        foreach (var id in stopping.Keys)
            if (state.Containers.All(c => c.Id != id || c.Phase != ContainerPhase.Running)) stopping.TryRemove(id, out _);
        var sandbox = state.Sandboxes.MaxBy(s => s.Attempt);
        var asked = current.Value;
        agreed ??= PodAllocation.Agreed(asked);
        var refusal = PodAllocation.SameAmounts(asked, agreed) ? null : node.AcceptResize(asked);
        if (refusal is null) agreed = asked;
        var seen = new PodSeen(refusal is null ? asked : PodAllocation.With(asked, agreed), state, node.Time.GetUtcNow())
        {
            ResizeRefusal = refusal,
            NodeMemory = node.Facts.MemoryBytes, GrantedResources = granted ?? current.Value.Status?.Resources,
            Troubles = new Dictionary<string, StartTrouble>(troubles), Stopping = stopping.Keys.ToHashSet(), Gone = gone, End = end,
            PodIP = sandbox is { Running: true } ? node.Network.AddressOf(sandbox.Id)?.ToString() : null,
            HostIP = node.Options.Address.ToString(), Runtime = node.Facts.RuntimeName,
            RecursiveReadOnly = await node.RecursiveReadOnly(current.Value, cancel), LastWords = await LastWords.Of(current.Value, state, node.Options.DataDir, cancel),
        };
        return LostContainers.Remember(seen);
    }

    private async Task Act(PodStep step, PodSeen seen, VolumesReady? volumes, PodEvents events, CancellationToken cancel)
    {
        switch (step)
        {
            case PodStep.RunSandbox run:
                await RunSandbox(run, seen, events, cancel);
                break;
            case PodStep.StopSandbox stop:
                await node.Network.Detach(stop.Id, cancel);
                await node.Engine.StopSandbox(stop.Id, cancel);
                break;
            case PodStep.RemoveSandbox remove:
                await node.Network.Detach(remove.Id, cancel);
                await node.Engine.RemoveSandbox(remove.Id, cancel);
                break;
            case PodStep.Resize resize:
                await Resize(resize, seen, cancel);
                break;
            case PodStep.ResizePod:
                node.Limit(PodCgroup.Path(node.Options.CgroupRoot, NodeContext.QosOf(seen.Pod), seen.Identity.Uid), ResourceLimits.OfPod(seen.Pod));
                granted = seen.Spec.Resources;
                break;
            case PodStep.Remove remove:
                await node.Remove(remove.Container, seen.Pod.Metadata.Labels, cancel);
                break;
            case PodStep.Start start:
                var trouble = await node.Starter.Run(seen, start, volumes!, node.Around(seen), NodeContext.QosOf(seen.Pod), node.Facts.MemoryBytes, events, Nudge, cancel);
                if (trouble is null) troubles.Remove(start.Container.Name!);
                else troubles[start.Container.Name!] = trouble;
                Interlocked.Increment(ref trouble is null ? ref node.Counters.StartedContainers : ref node.Counters.FailedContainers);
                break;
        }
    }

    private static readonly CgroupReader Cgroups = new("/sys/fs/cgroup");

    private static CgroupUse? CgroupOf(int pid) =>
        pid > 0 && File.Exists($"/proc/{pid}/cgroup") && Cgroups.PathOf(File.ReadAllLines($"/proc/{pid}/cgroup")) is { } path ? Cgroups.Read(path) : null;

    private async Task Resize(PodStep.Resize step, PodSeen seen, CancellationToken cancel)
    {
        var key = ResizeStep.Trouble(step.Container.Name);
        var whole = PodCgroup.Path(node.Options.CgroupRoot, NodeContext.QosOf(seen.Pod), seen.Identity.Uid);
        var limits = ResourceLimits.OfPod(seen.Pod);
        try
        {
            var (pod, own) = (Cgroups.Read(whole), CgroupOf(step.Container.Pid));
            if (ResizeStep.BelowUse([("pod", limits.MemoryBytes, pod?.MemoryLimit ?? 0, pod?.MemoryBytes ?? 0),
                ($"container \"{step.Container.Name}\"", step.Resources.MemoryBytes, own?.MemoryLimit ?? 0, own?.MemoryBytes ?? 0)]) is { } tooMuch) throw new EngineException(tooMuch);
            node.Limit(whole, limits);
            await node.Engine.UpdateResources(step.Container.Id, step.Resources, cancel);
            troubles.Remove(key);
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            troubles[key] = new("Error", e.Message, node.Time.GetUtcNow() + TimeSpan.FromSeconds(10)) { Generation = seen.Pod.Metadata.Generation };
        }
    }

    private async Task RunSandbox(PodStep.RunSandbox step, PodSeen seen, PodEvents events, CancellationToken cancel)
    {
        if (await node.Sandboxes.Run(seen, step, events, cancel) is { } trouble) troubles[""] = trouble;
        else troubles.Remove("");
    }

    private async Task<VolumesReady> Volumes(PodSeen seen, PodPlan plan, PodEvents events, CancellationToken cancel)
    {
        var ready = await node.Volumes.Prepare(seen.Pod, node.Around(seen), Nudge, cancel);
        if (ready.Fault is var (volume, message) && plan.Steps.Any(s => s is PodStep.Start or PodStep.RunSandbox))
            events.Warning("FailedMount", $"MountVolume.SetUp failed for volume \"{volume}\" : {message}");
        return ready;
    }

    /// <summary>True when this began a stop; one that is under way is at most made shorter.</summary>
    private bool BeginStop(PodSeen seen, PodStep.Stop step, PodEvents events, CancellationToken cancel)
    {
        if (stopping.TryGetValue(step.Container.Id, out var under))
        {
            under.Shorten(node.Time.GetUtcNow() + step.Grace);
            if (step.InTurn) under.Turn();
            return false;
        }
        var declared = PodContainers.Of(seen.Spec).FirstOrDefault(c => c.Container.Name == step.Container.Name);
        if (declared.Container is not null) events.For(step.Container.Name, declared.Kind).Normal("Killing", step.Message);
        var work = new StopWork(node.Engine, node.Hooks, node.Time, seen, step, declared.Container, events);
        stopping[step.Container.Id] = work;
        _ = Task.Run(async () =>
        {
            try
            {
                await work.Run(cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                node.Complain($"pod {Pod.Key}: stopping {step.Container.Name}: {e.Message}");
                await Task.Delay(EngineRetry, node.Time, CancellationToken.None);
            }
            if (stopping.TryRemove(step.Container.Id, out var ended)) ended.Dispose();
            Nudge();
        }, CancellationToken.None);
        return true;
    }

    private async Task Report(Pod pod, PodStatus next, CancellationToken cancel)
    {
        if (gone) return;
        if (StaticPods.IsStatic(pod) && mirrorUid is null)
        {
            // Nobody to tell yet: kept here, so that what began keeps its time.
            var tree = Pod.Tree();
            var status = KubeJson.ToTree(next);
            status.Set("qosClass", NodeContext.QosOf(pod));
            tree.Set("status", status);
            Volatile.Write(ref item, Resources.Of<Pod>().Item(JsonWriter.ToUtf8(tree)));
            return;
        }
        // A new mirror knows nothing, whatever the one before it was told.
        var mirror = mirrorUid;
        var known = mirror is null || mirror == toldMirror ? pod : pod with { Status = null };
        if (PodStatuses.Patch(known, next, mirror ?? pod.Metadata.Uid) is not { } patch) return;
        var answer = await node.Api.Patch(PodResource, pod.Metadata.Namespace, pod.Metadata.Name!, PatchKind.Strategic, JsonWriter.ToUtf8(patch), "status", cancel: cancel);
        if (answer.Ok)
        {
            var fresh = Resources.Of<Pod>().Item(answer.Value.Json);
            // The answer is newer than what the informer has told so far; what it tells later replaces it.
            toldMirror = mirror;
            if (mirror is not null) MirrorIs(fresh);
            else if (fresh.Uid == Pod.Uid && fresh.Meta.Version > Pod.Meta.Version) Volatile.Write(ref item, fresh);
        }
        else if (answer.Error!.Code is not (404 or 409))
        {
            node.Complain($"status of pod {Pod.Key}: {answer.Error.Message}");
        }
    }

    private void AnnounceBackOff(PodPlan plan, PodSeen seen, PodEvents events)
    {
        foreach (var (name, wait) in plan.HeldBack)
        {
            if (announcedBackOffs.GetValueOrDefault(name) == wait.Until) continue;
            announcedBackOffs[name] = wait.Until;
            var kind = PodContainers.Of(seen.Spec).First(c => c.Container.Name == name).Kind;
            events.For(name, kind).Warning("BackOff", $"Back-off restarting failed container {name} in pod {seen.Identity.Name}_{seen.Identity.Namespace}({seen.Identity.Uid})");
        }
    }

    private async Task Finish(PodSeen seen, CancellationToken cancel)
    {
        foreach (var container in seen.Engine.Containers) await node.Remove(container, seen.Pod.Metadata.Labels, cancel);
        foreach (var sandbox in seen.Engine.Sandboxes)
        {
            await node.Network.Detach(sandbox.Id, cancel);
            await node.Engine.RemoveSandbox(sandbox.Id, cancel);
        }
        probes.Dispose();
        node.Images.Forget(seen.Identity.Uid);
        node.Volumes.TearDown(seen.Identity.Uid);
        CgroupTree.Remove(PodCgroup.Path(node.Options.CgroupRoot, NodeContext.QosOf(seen.Pod), seen.Identity.Uid));
        node.Counters.Forget(seen.Identity.Uid);
        if (gone || StaticPods.IsStatic(seen.Pod)) return;
        await node.Api.Delete(PodResource, seen.Identity.Namespace, seen.Identity.Name, new() { GracePeriodSeconds = 0, Uid = seen.Identity.Uid }, cancel);
    }
}

using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Eviction;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Images;
using MiniKube.Kubelet.Node;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Port;
using MiniKube.Kubelet.Static;
using MiniKube.Kubelet.Stats;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet;

/// <summary>
/// The node agent: registers its node, follows the pods bound to it, gives each a worker, tells the workers what the engine
/// reports, and removes what no pod accounts for.
/// </summary>
public sealed class NodeAgent : IDisposable
{
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);

    private readonly NodeContext node;
    private readonly NodeRegistration registration;
    private readonly EventRecorder recorder;
    private readonly Cache<Pod> pods = new(Resources.Of<Pod>());
    private readonly ConcurrentDictionary<string, PodWorker> workers = new();
    private readonly ConcurrentDictionary<string, Task> running = new();
    private readonly StaticPodKeeper statics;
    private readonly ImageCollection images;
    private readonly EvictionWatch pressure;
    private readonly Lock accepting = new();
    private readonly HashSet<string> accepted = [];

    public NodeAgent(NodeOptions options, IApi api, IContainerEngine engine, IPodNetwork network, IServiceEnvironment services, TimeProvider time, Action<string> complain, Action<string>? say = null)
    {
        PodDirectory.Prepare(options.DataDir);
        recorder = new(api, new("kubelet", options.Name), time);
        var facts = new NodeFacts(options);
        node = new(options, api, engine, network, services, recorder, facts, time) { Complain = complain, Say = say ?? (static _ => { }) };
        registration = new(options, api, engine, network, facts, recorder, time, condition => pressure!.Now.Of(condition), complain);
        statics = new(node, pods, registration);
        Api = new NodeApi(node, Find);
        var sampler = new NodeSampler(node, () => Everything().ToDictionary(p => p.Metadata.Uid!));
        images = new(node.Engine, node.Book, node.Options.ImageThresholds, Disk, node.Time, node.Say) { AlsoUsed = () => ImageVolumes.InUse(Everything()) };
        pressure = new(node, sampler, new(node.Engine, images, (container, pod, cancel) => node.Remove(container, pod.Metadata.Labels, cancel)), Everything, Evict, registration.Nudge);
        node.Accept = Accept;
        node.AcceptResize = pod => ResizeOrder.Refusal(pod, Everything().Where(p => p.Status?.StartTime is not null), node.Facts.Allocatable());
        node.ShareClasses = ShareClasses;
        Pages = new NodePages(node, sampler, Everything, new(node, Find), () => registration.Fault);
        Access = new DelegatedAccess(api, options.Name, time);
    }

    /// <summary>What the node's own port serves besides streams.</summary>
    public INodePages Pages { get; }

    /// <summary>Who may ask there, as the API server judges.</summary>
    public DelegatedAccess Access { get; }

    /// <summary>What the API server asks of this node.</summary>
    public INodeApi Api { get; }

    /// <summary>The range of this node's pods, once it is known.</summary>
    public Task<string> PodRange => registration.PodRange.Task;

    /// <summary>The network or the engine has something new to say.</summary>
    public void Nudge() => registration.Nudge();

    /// <summary>Runs until cancelled. Pods go on running then.</summary>
    public async Task Run(CancellationToken cancel)
    {
        pods.Subscribe(change => Changed(change, cancel));
        var informer = new Informer(node.Api, pods, node.Time, null, $"spec.nodeName={node.Options.Name}");
        statics.Start = pod => Start(pod, cancel);
        statics.Worker = uid => workers.GetValueOrDefault(uid);
        await Together.Run(cancel, recorder.Run, registration.Run, informer.Run, statics.Run, pressure.Run, node.Preload.Run, node.Kept.Run, images.Run, FollowEngine, SweepOrphans);
        await Task.WhenAll(running.Values);
    }

    public void Dispose()
    {
        registration.Dispose();
        statics.Dispose();
        images.Dispose();
        node.Dispose();
    }

    private void Evict(Eviction.Eviction eviction)
    {
        if (workers.GetValueOrDefault(eviction.PodUid)?.Evict(eviction.End) == true) node.Counters.Evicted(eviction.Signal);
    }

    /// <summary>All pods together leave alone what is reserved. Burstable pods together have what they asked for together; best-effort ones have what is left.</summary>
    private void ShareClasses()
    {
        var asked = Everything().Where(p => NodeContext.QosOf(p) == "Burstable" && p.Status?.Phase is not ("Succeeded" or "Failed")).Sum(p => QuotaUsage.OfPod(p, "requests.cpu").MilliValue);
        node.Limit($"/{node.Options.CgroupRoot}", ResourceLimits.OfNode(node.Facts.Capacity(), HostCounters.Read().MostProcesses, node.Options.Reserved));
        node.Limit($"/{node.Options.CgroupRoot}/burstable", new() { CpuShares = ResourceLimits.Shares(asked) });
        node.Limit($"/{node.Options.CgroupRoot}/besteffort", new() { CpuShares = ResourceLimits.Shares(0) });
    }

    /// <summary>A node may have been given a label for the pod's sake a moment ago: before a pod that doesn't belong here is refused for good, the node is asked for.</summary>
    private async ValueTask<PodEnd?> Accept(Pod pod, EngineAbilities abilities, CancellationToken cancel)
    {
        if (Judge(pod, abilities) is not { } refusal) return null;
        return Acceptance.HangsOnTheNode(refusal) && await registration.Look(cancel) ? Judge(pod, abilities) : refusal;
    }

    /// <summary>One pod after the other, each with those in mind that were accepted before.</summary>
    private PodEnd? Judge(Pod pod, EngineAbilities abilities)
    {
        lock (accepting)
        {
            var others = Everything().Where(p => p.Status?.StartTime is not null || accepted.Contains(p.Metadata.Uid!)).Select(PodAllocation.Agreed).ToArray();
            var refusal = Acceptance.Refusal(pod, others, node.Facts.Allocatable(), pressure.Now.Conditions, registration.Node, node.Options.AllowedSysctls, node.Options.Pretended || node.Facts.HasAppArmor, abilities);
            if (refusal is null) accepted.Add(pod.Metadata.Uid!);
            return refusal;
        }
    }

    private async Task<(long Used, long Size)> Disk(CancellationToken cancel)
    {
        var disk = new DriveInfo(await node.Engine.ImageRoot(cancel) is { } root && Directory.Exists(root) ? root : node.Options.DataDir);
        return (disk.TotalSize - disk.AvailableFreeSpace, disk.TotalSize);
    }

    private Item<Pod>? Find(string ns, string name) => statics.Find(ns, name) ?? (pods.Get(ns, name) is { } pod && !StaticPods.IsMirror(pod) ? pod : null);

    /// <summary>The pods this node is to run, as their workers know them.</summary>
    private IReadOnlyList<Pod> Everything() => [.. pods.All().Where(p => !StaticPods.IsMirror(p)).Concat(statics.All()).Select(p => workers.GetValueOrDefault(p.Uid)?.Pod.Value ?? p.Value)];

    private void Changed(Change<Pod> change, CancellationToken cancel)
    {
        var pod = change.Latest;
        if (StaticPods.IsMirror(pod))
        {
            statics.MirrorChanged(change);
            return;
        }
        if (change.New is null)
        {
            if (workers.TryGetValue(pod.Uid, out var leaving)) leaving.Removed();
            return;
        }
        // What has ended long ago and has nothing here needs nobody to look after it, unless it is to go.
        if (workers.TryGetValue(pod.Uid, out var worker)) worker.Update(pod);
        else Start(pod, cancel);
    }

    private void Start(Item<Pod> pod, CancellationToken cancel)
    {
        var worker = new PodWorker(node, pod);
        if (!workers.TryAdd(pod.Uid, worker)) return;
        running[pod.Uid] = Task.Run(async () =>
        {
            await worker.Run(cancel);
            workers.TryRemove(pod.Uid, out _);
            running.TryRemove(pod.Uid, out _);
            lock (accepting) accepted.Remove(pod.Uid);
            worker.Dispose();
        }, CancellationToken.None);
    }

    /// <summary>Tells workers what happens in the engine; looks at everything anew whenever the connection was lost.</summary>
    private async Task FollowEngine(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in node.Engine.Events(cancel))
                    if (workers.TryGetValue(change.PodUid, out var worker)) worker.Nudge();
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is EngineException or IOException or HttpRequestException)
            {
                // The heartbeat says it to the operator.
            }
            registration.Nudge();
            foreach (var worker in workers.Values) worker.Nudge();
            await Task.Delay(TimeSpan.FromSeconds(1), node.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Containers and files of pods that the API no longer knows: left by a crash, or deleted while nobody was there.</summary>
    private async Task SweepOrphans(CancellationToken cancel)
    {
        try
        {
            await pods.WhenSynced(cancel);
            await statics.Loaded.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await Orphans.Remove(node, uid => workers.ContainsKey(uid) || statics.Knows(uid) || pods.All().Any(p => p.Uid == uid), cancel);
            }
            catch (Exception e) when (e is EngineException or IOException)
            {
                node.Complain($"orphans: {e.Message}");
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(Sweep, node.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

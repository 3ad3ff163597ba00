using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Coordination;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Node;

/// <summary>Registers the node, renews its lease and reports its status: at once when something changes, every five minutes when nothing does.</summary>
internal sealed class NodeRegistration(NodeOptions options, IApi api, IContainerEngine engine, IPodNetwork network, NodeFacts facts, IEventSink events, TimeProvider time, Func<string, bool> pressure, Action<string> complain) : IDisposable
{
    private const string LeaseNamespace = "kube-node-lease";
    private const int LeaseSeconds = 40;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StatusEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);
    private static readonly ResourceRef Nodes = Resources.RefOf<Kinds.Core.Node>();
    private static readonly ResourceRef Leases = Resources.RefOf<Lease>();

    private readonly SemaphoreSlim wake = new(0, 1);
    private DateTimeOffset reported;
    private bool? wasReady;
    private NodeStatus? told;
    private string? trouble;

    /// <summary>How often the first report may be put off.</summary>
    private int patience = 20;

    /// <summary>The range of this node's pods, once somebody has assigned it.</summary>
    public TaskCompletionSource<string> PodRange { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The Node object as it was last seen.</summary>
    public Kinds.Core.Node? Node { get; private set; }

    /// <summary>The uid of the Node object, once it is known.</summary>
    public string? NodeUid => Node?.Metadata.Uid;

    /// <summary>What keeps the node from being ready, as of the last look.</summary>
    public string? Fault { get; private set; }

    public void Nudge()
    {
        if (wake.CurrentCount == 0) wake.Release();
    }

    public void Dispose() => wake.Dispose();

    /// <summary>Takes in the node as it is now, where that can be had.</summary>
    public async Task<bool> Look(CancellationToken cancel)
    {
        var got = await api.Get(Nodes, null, options.Name, cancel: cancel);
        if (got.Ok) Node = Resources.Of<Kinds.Core.Node>().Read(got.Value.Json);
        return got.Ok;
    }

    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var well = false;
            try
            {
                well = await Beat(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                Say($"the node could not report: {e.Message}");
            }
            await Task.WhenAny(wake.WaitAsync(well ? Heartbeat : Retry, cancel));
        }
    }

    /// <summary>True when all is well and there is time until the next one.</summary>
    private async Task<bool> Beat(CancellationToken cancel)
    {
        var (health, images) = await Health(cancel);
        Fault = health.EngineFault;
        var now = time.GetUtcNow();
        var got = await api.Get(Nodes, null, options.Name, cancel: cancel);
        var made = false;
        if (!got.Ok && got.Error!.Code == 404)
        {
            // Pods here go on with the addresses they have, also where the node was deleted meanwhile: it asks for the range of before.
            var again = PodRange.Task.IsCompletedSuccessfully ? options with { PodCidr = await PodRange.Task } : options;
            got = await api.Create(Nodes, null, JsonWriter.ToUtf8(NodeObject.New(again, facts, health, images, now)), cancel: cancel);
            if (made = got.Ok) reported = now;
        }
        if (!got.Ok)
        {
            Say($"the node could not report: {got.Error!.Message}");
            return false;
        }
        trouble = null;
        var item = Resources.Of<Kinds.Core.Node>().Item(got.Value.Json);
        Node = item.Value;
        if (item.Value.Spec?.PodCIDR is { Length: > 0 } range) PodRange.TrySetResult(range);
        // The pods of before are well: a network that is only being set up again is no reason to say that the node is not ready.
        if (told is null && !made && health is { EngineFault: null, NetworkFault: not null } && WasReady(item.Value) && patience-- > 0) return false;
        var next = NodeObject.Status(options, facts, health, images, item.Value.Status, now);
        if (now - reported > StatusEvery || !SameButTimes(item.Value.Status, next))
        {
            var status = KubeJson.ToTree(next);
            // What another engine could do here stays only as long as nobody takes it back.
            foreach (var field in (ReadOnlySpan<string>)["features", "runtimeHandlers"])
                if (!status.Has(field)) status.Set(field, Json.Null);
            var patch = new JsonMap { { "status", status } };
            if ((await api.Patch(Nodes, null, options.Name, PatchKind.Strategic, JsonWriter.ToUtf8(patch), "status", cancel: cancel)).Ok) reported = now;
        }
        await Renew(item, now, cancel);
        var about = new ObjectRef("v1", "Node", null, options.Name, options.Name);
        foreach (var (type, reason, message) in NodeEvents.Of(options.Name, told ?? (made ? null : item.Value.Status), next, told is null)) events.Emit(about, type, reason, message);
        told = next;
        var ready = health is { EngineFault: null, NetworkFault: null };
        if (wasReady != ready)
        {
            if (!ready) complain($"the node is not ready: {health.EngineFault ?? health.NetworkFault}");
            wasReady = ready;
        }
        return ready;
    }

    /// <summary>Once per cause, however often it is tried.</summary>
    private void Say(string what)
    {
        if (trouble != what) complain(what);
        trouble = what;
    }

    private static bool WasReady(Kinds.Core.Node node) => node.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true;

    private async Task<(NodeHealth Health, IReadOnlyList<ContainerImage> Images)> Health(CancellationToken cancel)
    {
        string? fault = null;
        IReadOnlyList<ContainerImage> images = [];
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(TimeSpan.FromSeconds(5));
            var version = await engine.Version(limit.Token);
            (facts.RuntimeName, facts.RuntimeVersion) = (version.Name, version.ToString());
            facts.Abilities = await engine.Abilities(limit.Token);
            images = [.. (await engine.Images(limit.Token)).Where(i => i.Tags.Count + i.Digests.Count > 0).OrderByDescending(i => i.SizeBytes).ThenBy(i => i.Id, StringComparer.Ordinal).Take(50)
                .Select(i => new ContainerImage { Names = [.. i.Digests, .. i.Tags], SizeBytes = i.SizeBytes })];
        }
        catch (EngineException e)
        {
            fault = e.Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            fault = "the container engine did not answer within 5 s";
        }
        return (new(fault, network.NotReadyReason, pressure("MemoryPressure"), pressure("DiskPressure"), pressure("PIDPressure")), images);
    }

    private static bool SameButTimes(NodeStatus? stored, NodeStatus next) =>
        stored is not null && KubeJson.ToTree(Bare(stored)).SameAs(KubeJson.ToTree(Bare(next)));

    private static NodeStatus Bare(NodeStatus status) => new()
    {
        Addresses = status.Addresses, Capacity = status.Capacity, Allocatable = status.Allocatable, NodeInfo = status.NodeInfo, Images = status.Images, DaemonEndpoints = status.DaemonEndpoints,
        Features = status.Features, RuntimeHandlers = status.RuntimeHandlers,
        Conditions = [.. (status.Conditions ?? []).Where(c => c.Type is "Ready" or "MemoryPressure" or "DiskPressure" or "PIDPressure").OrderBy(c => c.Type, StringComparer.Ordinal)
            .Select(c => c with { LastHeartbeatTime = null, LastTransitionTime = null })],
    };

    private async Task Renew(Item<Kinds.Core.Node> node, DateTimeOffset now, CancellationToken cancel)
    {
        var spec = new JsonMap { { "holderIdentity", options.Name }, { "leaseDurationSeconds", LeaseSeconds }, { "renewTime", KubeTime.Micros(now) } };
        var renewed = await api.Patch(Leases, LeaseNamespace, options.Name, PatchKind.Merge, JsonWriter.ToUtf8(new JsonMap { { "spec", spec } }), cancel: cancel);
        if (renewed.Ok || renewed.Error!.Code != 404) return;
        var lease = new JsonMap
        {
            { "apiVersion", "coordination.k8s.io/v1" }, { "kind", "Lease" },
            {
                "metadata", new JsonMap
                {
                    { "name", options.Name }, { "namespace", LeaseNamespace },
                    { "ownerReferences", JsonList.Of(new JsonMap { { "apiVersion", "v1" }, { "kind", "Node" }, { "name", options.Name }, { "uid", node.Uid } }) },
                }
            },
            { "spec", spec },
        };
        await api.Create(Leases, LeaseNamespace, JsonWriter.ToUtf8(lease), cancel: cancel);
    }
}

using System.Collections.Concurrent;
using System.Threading.Channels;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Networking;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Policy;

/// <summary>
/// Keeps the kernel's rules equal to the policies, for the pods of this node. A pod that is about to start is told of by its node, and waits
/// until the rules know its address: none runs a moment without them. Where there are no policies, nobody waits.
/// </summary>
public sealed class NetworkPolicies : IDisposable
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AdmissionPatience = TimeSpan.FromSeconds(10);

    private readonly string node;
    private readonly string wish;
    private readonly Cache<NetworkPolicy> policies;
    private readonly Cache<Pod> pods;
    private readonly Cache<Namespace> namespaces;
    private readonly IEventSink events;
    private readonly TimeProvider time;
    private readonly Action<string> complain;
    private readonly ConcurrentDictionary<Key, (string Uid, string Address)> assigned = [];
    private readonly ConcurrentDictionary<Key, PolicyPod?> known = [];
    private readonly List<(Key Pod, string Address, TaskCompletionSource Done)> waiting = [];
    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<string> told = [];
    private IPolicyKeeper? keeper;
    private volatile bool enforced = true;
    private bool loaded;

    /// <summary>The wish is a proxy mode: policies go the same way into the kernel as services.</summary>
    public NetworkPolicies(Caches caches, string node, string wish, IEventSink events, Action<string> complain)
    {
        (this.node, this.wish, this.events, this.complain, time) = (node, wish, events, complain, caches.Time);
        policies = caches.Of(Resources.Of<NetworkPolicy>());
        pods = caches.Of(Resources.Of<Pod>());
        namespaces = caches.Of(Resources.Of<Namespace>());
        policies.Subscribe(_ => changed.Writer.TryWrite(true));
        namespaces.Subscribe(c =>
        {
            if (c.Old is null || c.New is null || !c.Old.Meta.Labels.SameAs(c.New.Meta.Labels)) changed.Writer.TryWrite(true);
        });
        pods.Subscribe(c =>
        {
            if (c.New is null && assigned.TryGetValue(c.Latest.Key, out var given) && given.Uid == c.Latest.Uid) assigned.TryRemove(c.Latest.Key, out _);
            if (Take(c.Latest.Key)) changed.Writer.TryWrite(true);
        });
    }

    public async Task Run(CancellationToken cancel)
    {
        await Task.WhenAll(policies.WhenSynced(cancel), pods.WhenSynced(cancel), namespaces.WhenSynced(cancel));
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                keeper ??= await Keeper(cancel);
                if (keeper is null)
                {
                    enforced = false;
                    Release(null);
                    await NotEnforced(cancel);
                    continue;
                }
                await Write(keeper, cancel);
                if (!await Change(cancel)) loaded = loaded && await keeper.Intact(cancel);
            }
            catch (IOException e)
            {
                complain($"network policies: {e.Message}");
                loaded = false;
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }
        }
    }

    /// <summary>Comes back once the rules know a pod that has just got its address.</summary>
    public async Task Admit(string ns, string name, string uid, string address, CancellationToken cancel)
    {
        if (!enforced) return;
        var key = new Key(ns, name);
        assigned[key] = (uid, address);
        Take(key);
        if (policies is { Synced: true, Count: 0 }) return;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (waiting) waiting.Add((key, address, done));
        changed.Writer.TryWrite(true);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(AdmissionPatience);
        try
        {
            await done.Task.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The sandbox is tried again: a pod without its policies would be worse than one that is late.
            throw new IOException("the rules of network policies don't know the pod yet");
        }
        finally
        {
            lock (waiting) waiting.RemoveAll(w => w.Done == done);
        }
    }

    /// <summary>Whatever any mode has left on this host; true when all of it is gone.</summary>
    public static async Task<bool> CleanUp(CancellationToken cancel = default) => await NftPolicyKeeper.CleanUp(cancel) & await IptablesPolicyKeeper.CleanUp(cancel);

    public void Dispose() => Release(null);

    private async Task<IPolicyKeeper?> Keeper(CancellationToken cancel)
    {
        var mode = await ProxyModes.Choose(wish, cancel);
        if (mode != ProxyMode.Nftables) await NftPolicyKeeper.CleanUp(cancel);
        if (mode != ProxyMode.Iptables) await IptablesPolicyKeeper.CleanUp(cancel);
        return mode switch
        {
            ProxyMode.Nftables => new NftPolicyKeeper(),
            ProxyMode.Iptables => new IptablesPolicyKeeper(await Iptables.Usable(cancel) ?? throw new IOException("no iptables of this host works")),
            _ => null,
        };
    }

    private async Task Write(IPolicyKeeper by, CancellationToken cancel)
    {
        (Key Pod, string Address, TaskCompletionSource Done)[] asked;
        lock (waiting) asked = [.. waiting];
        // Those the caches don't show yet are looked at again when they do.
        asked = [.. asked.Where(w => known.TryGetValue(w.Pod, out var pod) && pod?.Address == w.Address)];
        var rules = PolicyRules.For(Seen());
        if (loaded) await by.Follow(rules, cancel);
        else await by.Load(rules, cancel);
        loaded = true;
        Release(asked);
    }

    private PolicySeen Seen() => new(
        [.. policies.All().Select(p => new PolicyItem(p.Namespace, p.Name, p.Value.Spec ?? new()))],
        [.. known.Values.OfType<PolicyPod>()],
        namespaces.All().ToDictionary(n => n.Name, n => n.Meta.Labels, StringComparer.Ordinal));

    /// <summary>Reads a pod anew; true when rules may be concerned.</summary>
    private bool Take(Key key)
    {
        lock (known)
        {
            var now = pods.Get(key) is { } pod ? PolicyPod.Of(pod, node, assigned.TryGetValue(key, out var given) && given.Uid == pod.Uid ? given.Address : null) : null;
            var before = known.GetValueOrDefault(key);
            if (now is null) known.TryRemove(key, out _);
            else known[key] = now;
            return !Equals(before, now);
        }
    }

    /// <summary>True when something changed, gathered for a moment; false when nothing did for long.</summary>
    private async Task<bool> Change(CancellationToken cancel)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        wait.CancelAfter(Resync);
        try
        {
            await changed.Reader.ReadAsync(wait.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
        await Task.Delay(Gather, time, cancel);
        changed.Reader.TryRead(out _);
        return true;
    }

    /// <summary>Where the kernel can't be told anything, each policy is told that it has no effect.</summary>
    private async Task NotEnforced(CancellationToken cancel)
    {
        foreach (var policy in policies.All())
        {
            if (!told.Add(policy.Uid)) continue;
            if (told.Count == 1) complain("network policies: not enforced, because services are led by sockets here, not by the kernel");
            events.Emit(policy.Ref, "Warning", "NotEnforced", $"node {node} can't enforce network policies: it has neither nftables nor iptables, or is told to use neither");
        }
        await Change(cancel);
    }

    private void Release(IEnumerable<(Key Pod, string Address, TaskCompletionSource Done)>? some)
    {
        lock (waiting)
            foreach (var one in (some ?? waiting).ToArray()) one.Done.TrySetResult();
    }
}

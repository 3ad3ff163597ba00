using System.Threading.Channels;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;

namespace MiniKube.Network.Proxy;

public sealed record ProxyOptions(string Node, string ServiceCidr)
{
    public string ClusterCidr { get; init; } = "10.42.0.0/16";
    public IReadOnlyList<string> NodeAddresses { get; init; } = [];

    /// <summary>Service addresses that a program on this host answers on itself.</summary>
    public IReadOnlyList<string> OwnAddresses { get; init; } = [];

    /// <summary>auto, nftables, iptables or userspace.</summary>
    public string Mode { get; init; } = "auto";

    /// <summary>Rules are looked after this often, against others that take them away.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Keeps the way to endpoints equal to services and slices: each change is one small step, everything at the start and after a failure.</summary>
public sealed class ServiceProxy : IDisposable
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private const string ZoneLabel = "topology.kubernetes.io/zone";
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(10);

    private readonly ProxyOptions options;
    private readonly Cache<Service> services;
    private readonly Cache<EndpointSlice> slices;
    private readonly Cache<Node> nodes;
    private readonly Index<EndpointSlice> byService;
    private readonly TimeProvider time;
    private readonly Action<string> complain;
    private readonly Channel<Key> changed = Channel.CreateUnbounded<Key>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<Key, ServiceFrontends> applied = [];
    private readonly HealthChecks health;
    private IRuleKeeper? keeper;
    private ProxyNode node;
    private bool loaded;

    public ServiceProxy(Caches caches, ProxyOptions options, Action<string> complain)
    {
        this.options = options;
        this.complain = complain;
        time = caches.Time;
        node = new(options.Node) { Addresses = options.NodeAddresses };
        health = new(complain);
        services = caches.Of(Resources.Of<Service>());
        slices = caches.Of(Resources.Of<EndpointSlice>());
        nodes = caches.Of(Resources.Of<Node>());
        byService = slices.Index("service", i => i.Meta.Label(ServiceLabel) is { } name ? [$"{i.Namespace}/{name}"] : []);
        services.Subscribe(c => changed.Writer.TryWrite(c.Latest.Key));
        slices.Subscribe(c =>
        {
            if (c.Latest.Meta.Label(ServiceLabel) is { } name) changed.Writer.TryWrite(new(c.Latest.Namespace, name));
        });
        nodes.Subscribe(c =>
        {
            if (c.Latest.Name == options.Node && (c.Old?.Meta.Label(ZoneLabel) != c.New?.Meta.Label(ZoneLabel) || !Addresses(c.Old).SequenceEqual(Addresses(c.New)))) changed.Writer.TryWrite(Everything);
        });
    }

    /// <summary>A key of no service: the node itself is another.</summary>
    private static Key Everything { get; } = new("", "");

    public async Task Run(CancellationToken cancel)
    {
        await Task.WhenAll(services.WhenSynced(cancel), slices.WhenSynced(cancel), nodes.WhenSynced(cancel));
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                keeper ??= await Keeper(cancel);
                if (!loaded) await Load(cancel);
                if (await Changes(cancel) is not { } keys) loaded = await keeper.Intact(cancel);
                else if (keys.Contains(Everything)) loaded = false;
                else await Follow(keys, cancel);
            }
            catch (IOException e)
            {
                complain($"service rules: {e.Message}");
                loaded = false;
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }
        }
    }

    /// <summary>Whatever any mode has left on this host; true when all of it is gone.</summary>
    public static async Task<bool> CleanUp(string serviceCidr, CancellationToken cancel = default) =>
        await NftKeeper.CleanUp(cancel) & await IptablesKeeper.CleanUp(cancel) & await UserspaceKeeper.CleanUp(serviceCidr, cancel);

    public void Dispose()
    {
        health.Dispose();
        (keeper as IDisposable)?.Dispose();
    }

    /// <summary>The keeper of the mode; what others left is taken away first.</summary>
    private async Task<IRuleKeeper> Keeper(CancellationToken cancel)
    {
        var mode = await ProxyModes.Choose(options.Mode, cancel);
        if (mode != ProxyMode.Nftables) await NftKeeper.CleanUp(cancel);
        if (mode != ProxyMode.Iptables) await IptablesKeeper.CleanUp(cancel);
        if (mode != ProxyMode.Userspace) await UserspaceKeeper.CleanUp(options.ServiceCidr, cancel);
        return mode switch
        {
            ProxyMode.Nftables => new NftKeeper(options),
            ProxyMode.Iptables => new IptablesKeeper(options, await Iptables.Usable(cancel) ?? throw new IOException("no iptables of this host works")),
            _ => new UserspaceKeeper(options, time, complain),
        };
    }

    /// <summary>What changed, gathered for a moment; null when nothing did for long.</summary>
    private async Task<HashSet<Key>?> Changes(CancellationToken cancel)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        wait.CancelAfter(options.Resync);
        var keys = new HashSet<Key>();
        try
        {
            keys.Add(await changed.Reader.ReadAsync(wait.Token));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
        await Task.Delay(Gather, time, cancel);
        while (changed.Reader.TryRead(out var more)) keys.Add(more);
        return keys;
    }

    private async Task Load(CancellationToken cancel)
    {
        while (changed.Reader.TryRead(out _))
        {
        }
        var self = nodes.Get("", options.Node);
        node = new(options.Node) { Zone = self?.Meta.Label(ZoneLabel), Addresses = [.. options.NodeAddresses.Concat(Addresses(self)).Distinct()] };
        applied.Clear();
        foreach (var service in services.All()) applied[service.Key] = Of(service.Key);
        await keeper!.Load(applied.Values, cancel);
        loaded = true;
        await Tell(applied.Values, cancel);
    }

    private async Task Follow(HashSet<Key> keys, CancellationToken cancel)
    {
        var changes = new List<ServiceChange>();
        foreach (var key in keys)
        {
            var (before, after) = (applied.GetValueOrDefault(key, ServiceFrontends.None), Of(key));
            if (services.Get(key) is null) applied.Remove(key);
            else applied[key] = after;
            if (before.Health != after.Health || !before.All.Select(f => f.Content).SequenceEqual(after.All.Select(f => f.Content))) changes.Add(new(before, after));
        }
        if (changes.Count == 0) return;
        await keeper!.Follow(changes, cancel);
        await Tell([.. changes.SelectMany(c => (ServiceFrontends[])[c.Before, c.After])], cancel);
    }

    /// <summary>Those who care apart from the rules: balancers that ask for health, and the kernel's memory of UDP flows.</summary>
    private async Task Tell(IReadOnlyCollection<ServiceFrontends> touched, CancellationToken cancel)
    {
        if (touched.Any(t => t.Health is not null)) health.Serve([.. applied.Values.Select(f => f.Health).OfType<HealthNode>()]);
        var keys = touched.SelectMany(t => t.All).Where(f => f.Protocol == "udp").Select(f => f.Key).ToHashSet();
        if (keys.Count > 0 && keeper!.Mode != ProxyMode.Userspace)
            await Conntrack.Forget(keys, applied.Values.SelectMany(f => f.All).Where(f => keys.Contains(f.Key)).ToDictionary(f => f.Key), node, cancel);
    }

    private ServiceFrontends Of(Key key) => services.Get(key) is { } service && !options.OwnAddresses.Contains(service.Value.Spec?.ClusterIP ?? "")
        ? ServiceFrontends.For(service.Value, [.. byService[$"{key.Namespace}/{key.Name}"].Select(i => i.Value)], node)
        : ServiceFrontends.None;

    private static IEnumerable<string> Addresses(Item<Node>? item) => (item?.Value.Status?.Addresses ?? []).Where(a => a.Type is "InternalIP" or "ExternalIP").Select(a => a.Address!);
}

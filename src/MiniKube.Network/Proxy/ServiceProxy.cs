using System.Threading.Channels;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;

namespace MiniKube.Network.Proxy;

public sealed record ProxyOptions(string Node, string ServiceCidr)
{
    public IReadOnlyList<string> NodeAddresses { get; init; } = [];

    /// <summary>Service addresses that a program on this host answers on itself.</summary>
    public IReadOnlyList<string> OwnAddresses { get; init; } = [];

    /// <summary>Everything is looked at anew this often, against rules that others took away.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Keeps the kernel's rules equal to services and endpoints: each change is one small transaction, everything at the start and after a failure.</summary>
public sealed class ServiceProxy
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(10);

    private readonly ProxyOptions options;
    private readonly Cache<Service> services;
    private readonly Cache<EndpointSlice> slices;
    private readonly Index<EndpointSlice> byService;
    private readonly TimeProvider time;
    private readonly Action<string> complain;
    private readonly Channel<Key> changed = Channel.CreateUnbounded<Key>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<Key, ServiceRules> applied = [];
    private RuleSet rules = new();
    private bool loaded;

    public ServiceProxy(Caches caches, ProxyOptions options, Action<string> complain)
    {
        this.options = options;
        this.complain = complain;
        time = caches.Time;
        services = caches.Of(Resources.Of<Service>());
        slices = caches.Of(Resources.Of<EndpointSlice>());
        byService = slices.Index("service", i => i.Meta.Label(ServiceLabel) is { } name ? [$"{i.Namespace}/{name}"] : []);
        services.Subscribe(c => changed.Writer.TryWrite(c.Latest.Key));
        slices.Subscribe(c =>
        {
            if (c.Latest.Meta.Label(ServiceLabel) is { } name) changed.Writer.TryWrite(new(c.Latest.Namespace, name));
        });
    }

    public async Task Run(CancellationToken cancel)
    {
        await services.WhenSynced(cancel);
        await slices.WhenSynced(cancel);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                if (!loaded) await Load(cancel);
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                wait.CancelAfter(options.Resync);
                var keys = new HashSet<Key>();
                try
                {
                    keys.Add(await changed.Reader.ReadAsync(wait.Token));
                    await Task.Delay(Gather, time, cancel);
                    while (changed.Reader.TryRead(out var more)) keys.Add(more);
                }
                catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                {
                    loaded = (await Tool.Run("nft", ["list", "chain", "ip", RuleSet.Table, "services"], null, cancel)).Ok;
                    continue;
                }
                await Follow(keys, cancel);
            }
            catch (IOException e)
            {
                complain($"service rules: {e.Message}");
                loaded = false;
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            }
        }
    }

    public static Task CleanUp(CancellationToken cancel = default) => Tool.Run("nft", ["delete", "table", "ip", RuleSet.Table], null, cancel);

    private async Task Load(CancellationToken cancel)
    {
        applied.Clear();
        foreach (var service in services.All()) applied[service.Key] = Of(service.Key);
        rules = RuleSet.For(applied.Values);
        await Tool.Nft(rules.Full(options.ServiceCidr), cancel);
        loaded = true;
    }

    private async Task Follow(HashSet<Key> keys, CancellationToken cancel)
    {
        var changes = new List<(ServiceRules Before, ServiceRules After)>();
        foreach (var key in keys)
        {
            var (before, after) = (applied.GetValueOrDefault(key, ServiceRules.None), Of(key));
            applied[key] = after;
            if (services.Get(key) is null) applied.Remove(key);
            changes.Add((before, after));
        }
        var script = rules.Change(changes);
        if (script.Length == 0) return;
        await Tool.Nft(script, cancel);
        foreach (var (before, after) in changes) await Conntrack.Forget(before, after, cancel);
    }

    private ServiceRules Of(Key key) => services.Get(key) is { } service && !options.OwnAddresses.Contains(service.Value.Spec?.ClusterIP ?? "")
        ? ServiceRules.For(service.Value, [.. byService[$"{key.Namespace}/{key.Name}"].Select(i => i.Value)], options.Node, options.NodeAddresses)
        : ServiceRules.None;
}

/// <summary>UDP "connections" outlive their endpoints in the kernel's memory: those to endpoints that are gone, or that found none, are forgotten.</summary>
internal static class Conntrack
{
    public static async Task Forget(ServiceRules before, ServiceRules after, CancellationToken cancel)
    {
        var now = after.Elements.ToHashSet();
        foreach (var element in before.Elements)
        {
            if (now.Contains(element) || element.Map is not ("backends" or "dead")) continue;
            if (element.Key.Split(" . ") is not [var address, "udp", var port, ..]) continue;
            string[] arguments = element.Map == "dead"
                ? ["-D", "-p", "udp", "--orig-dst", address, "--orig-port-dst", port]
                : ["-D", "-p", "udp", "--orig-dst", address, "--orig-port-dst", port, "--reply-src", element.Value.Split(" . ")[0]];
            await Tool.Run("conntrack", arguments, null, cancel);
        }
    }
}

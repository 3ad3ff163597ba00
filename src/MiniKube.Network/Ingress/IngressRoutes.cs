using System.Threading.Channels;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Kinds.Networking;

namespace MiniKube.Network.Ingress;

/// <summary>The routes of the moment, read anew whenever something of what they depend on changes. Requests under way keep theirs.</summary>
public sealed class IngressRoutes
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(10);

    private readonly Cache<Kinds.Networking.Ingress> ingresses;
    private readonly Cache<IngressClass> classes;
    private readonly Cache<Secret> secrets;
    private readonly Cache<Service> services;
    private readonly Cache<EndpointSlice> slices;
    private readonly Index<EndpointSlice> byService;
    private readonly TimeProvider time;
    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Routes now = Routes.None;

    /// <summary>Ingresses, their classes and secrets are asked for with other rights than services.</summary>
    public IngressRoutes(Caches own, Caches network)
    {
        time = own.Time;
        ingresses = own.Of<Kinds.Networking.Ingress>();
        classes = own.Of<IngressClass>();
        secrets = own.Of<Secret>("type=kubernetes.io/tls");
        services = network.Of(Resources.Of<Service>());
        slices = network.Of(Resources.Of<EndpointSlice>());
        byService = slices.Index("service", i => i.Meta.Label(ServiceLabel) is { } name ? [$"{i.Namespace}/{name}"] : []);
        foreach (var cache in (Cache[])[ingresses, classes, secrets, services, slices]) cache.SubscribeAny((_, _) => changed.Writer.TryWrite(true));
    }

    public Routes Now => now;

    /// <summary>Completes with the first route: until then nobody needs a port of the host.</summary>
    public Task WhenWanted(CancellationToken cancel) => wanted.Task.WaitAsync(cancel);

    public IEnumerable<Item<Kinds.Networking.Ingress>> Ours() => ingresses.All().Where(i => IngressPlan.IsOurs(i, classes.All()));

    public async Task Run(CancellationToken cancel)
    {
        await Task.WhenAll(((Cache[])[ingresses, classes, secrets, services, slices]).Select(c => c.WhenSynced(cancel)));
        while (true)
        {
            now = RouteReading.For(new([.. Ours().OrderBy(i => i.Meta.Created).ThenBy(i => i.Namespace, StringComparer.Ordinal).ThenBy(i => i.Name, StringComparer.Ordinal).Select(i => i.Value)],
                (ns, name) => services.Get(ns, name)?.Value, (ns, name) => [.. byService[$"{ns}/{name}"].Select(s => s.Value)], (ns, name) => secrets.Get(ns, name)?.Value));
            if (now.Any) wanted.TrySetResult();
            await changed.Reader.ReadAsync(cancel);
            await Task.Delay(Gather, time, cancel);
            changed.Reader.TryRead(out _);
        }
    }
}

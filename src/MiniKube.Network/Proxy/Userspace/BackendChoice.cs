using System.Collections.Concurrent;
using System.Net;

namespace MiniKube.Network.Proxy;

/// <summary>Whom a client gets: in turn, or the same as last time where the service wants that.</summary>
internal sealed class BackendChoice(Frontend frontend, string clusterCidr, ProxyNode node, TimeProvider time)
{
    private const int MostRemembered = 65_535;

    private readonly Ipv4Range cluster = Ipv4Range.Parse(clusterCidr);
    private readonly Ipv4Range[] sources = [.. frontend.Sources.Select(Ipv4Range.Parse)];
    private readonly ConcurrentDictionary<IPAddress, (string Backend, DateTimeOffset Until)> remembered = new();
    private int turn = -1;

    public Frontend Frontend { get; private set; } = frontend;

    /// <summary>Another frontend for the same key; who stuck to an endpoint that remains, still does.</summary>
    public BackendChoice With(Frontend next)
    {
        var made = new BackendChoice(next, clusterCidr, node, time);
        if (next.StickySeconds == Frontend.StickySeconds)
            foreach (var (client, memory) in remembered) made.remembered[client] = memory;
        return made;
    }

    /// <summary>All endpoints, the best first; none when the client may not come in or nobody serves it.</summary>
    public IReadOnlyList<Backend> For(IPAddress client)
    {
        var own = IPAddress.IsLoopback(client) || node.Addresses.Contains(client.ToString());
        if (sources.Length > 0 && !IPAddress.IsLoopback(client) && !sources.Any(s => s.Contains(client))) return [];
        var backends = Frontend.Inside is { } inside && (own || cluster.Contains(client)) ? inside : Frontend.Backends;
        if (backends.Count < 2) return backends;
        var first = (int)((uint)Interlocked.Increment(ref turn) % (uint)backends.Count);
        if (Frontend.StickySeconds is not null && remembered.TryGetValue(client, out var memory) && memory.Until > time.GetUtcNow())
            for (var i = 0; i < backends.Count; i++)
                if (backends[i].ToString() == memory.Backend) first = i;
        return [.. backends.Skip(first), .. backends.Take(first)];
    }

    public void Chosen(IPAddress client, Backend backend)
    {
        if (Frontend.StickySeconds is not { } seconds) return;
        if (remembered.Count >= MostRemembered) remembered.Clear();
        remembered[client] = (backend.ToString(), time.GetUtcNow().AddSeconds(seconds));
    }
}

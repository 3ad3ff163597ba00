using System.Globalization;
using MiniKube.Kinds.Discovery;

namespace MiniKube.Network.Proxy;

public sealed record Backend(string Address, int Port, string? Node, bool Ready, bool Serving, bool Terminating)
{
    /// <summary>For whom it is meant, where its slice says so; null is everybody.</summary>
    public IReadOnlyList<string>? Zones { get; init; }
    public IReadOnlyList<string>? Nodes { get; init; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}");
}

/// <summary>The endpoints of a service's port, out of its slices.</summary>
internal static class Endpoints
{
    public static IReadOnlyList<Backend> Of(IReadOnlyList<EndpointSlice> slices, string portName, string protocol)
    {
        var found = new SortedDictionary<string, Backend>(StringComparer.Ordinal);
        foreach (var slice in slices)
        {
            if (slice.AddressType != "IPv4") continue;
            var port = slice.Ports?.FirstOrDefault(p => (p.Name ?? "") == portName && (p.Protocol ?? "TCP") == protocol)?.Port;
            if (port is null) continue;
            foreach (var endpoint in slice.Endpoints ?? [])
            {
                if (endpoint.Addresses is not [var address, ..]) continue;
                var conditions = endpoint.Conditions;
                var ready = conditions?.Ready != false;
                var backend = new Backend(address, port.Value, endpoint.NodeName, ready, conditions?.Serving ?? ready, conditions?.Terminating == true)
                {
                    Zones = endpoint.Hints?.ForZones is { Count: > 0 } zones ? [.. zones.Select(z => z.Name ?? "")] : null,
                    Nodes = endpoint.Hints?.ForNodes is { Count: > 0 } nodes ? [.. nodes.Select(n => n.Name ?? "")] : null,
                };
                // The same address in two slices while it moves between them: the better one counts.
                var key = backend.ToString();
                if (!found.TryGetValue(key, out var known) || !known.Ready && backend.Ready) found[key] = backend;
            }
        }
        return [.. found.Values];
    }

    /// <summary>Those that are ready; if there are none, those that go on serving while they end.</summary>
    public static IReadOnlyList<Backend> Usable(IEnumerable<Backend> all)
    {
        var everyone = all as IReadOnlyList<Backend> ?? [.. all];
        var ready = everyone.Where(e => e.Ready).ToArray();
        return ready.Length > 0 ? ready : [.. everyone.Where(e => e is { Serving: true, Terminating: true })];
    }

    /// <summary>Those meant for this node or its zone. A single endpoint that doesn't say for whom it is makes the hints worthless.</summary>
    public static IReadOnlyList<Backend> Near(IReadOnlyList<Backend> usable, ProxyNode node)
    {
        if (usable.Count == 0) return usable;
        if (usable.All(e => e.Nodes is not null) && usable.Where(e => e.Nodes!.Contains(node.Name)).ToArray() is { Length: > 0 } here) return here;
        if (node.Zone is { } zone && usable.All(e => e.Zones is not null) && usable.Where(e => e.Zones!.Contains(zone)).ToArray() is { Length: > 0 } near) return near;
        return usable;
    }
}

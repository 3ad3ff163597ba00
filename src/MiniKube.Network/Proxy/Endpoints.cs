using System.Globalization;
using MiniKube.Kinds.Discovery;

namespace MiniKube.Network.Proxy;

public sealed record Backend(string Address, int Port, string? Node, bool Ready, bool Serving, bool Terminating)
{
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
                var backend = new Backend(address, port.Value, endpoint.NodeName, ready, conditions?.Serving ?? ready, conditions?.Terminating == true);
                // The same address in two slices while it moves between them: the better one counts.
                var key = backend.ToString();
                if (!found.TryGetValue(key, out var known) || !known.Ready && backend.Ready) found[key] = backend;
            }
        }
        return [.. found.Values];
    }

    /// <summary>Those that are ready; if there are none, those that go on serving while they end.</summary>
    public static IReadOnlyList<Backend> Usable(IReadOnlyList<Backend> all)
    {
        var ready = all.Where(e => e.Ready).ToArray();
        return ready.Length > 0 ? ready : [.. all.Where(e => e is { Serving: true, Terminating: true })];
    }
}

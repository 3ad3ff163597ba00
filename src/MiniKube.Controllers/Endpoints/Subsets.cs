using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>What one pod brings to a Service. The only port of a Service without ports is null.</summary>
public sealed record Offer(Item<Pod> Pod, string Ip, bool Ready, JsonMap Address, IReadOnlyList<Json?> Ports);

/// <summary>Ports that the same pods offer share a subset; a pod with more ports than others is in several.</summary>
public static class Subsets
{
    public static (JsonList Subsets, bool Truncated) Of(IReadOnlyList<Offer> offers, int most)
    {
        var byPort = new SortedDictionary<string, (Json? Port, List<Offer> Offers)>(StringComparer.Ordinal);
        foreach (var offer in offers.OrderBy(o => o.Ip, StringComparer.Ordinal).ThenBy(o => o.Pod.Uid, StringComparer.Ordinal))
        {
            foreach (var port in offer.Ports)
            {
                var key = port?.ToString() ?? "";
                if (!byPort.TryGetValue(key, out var offered)) byPort[key] = offered = (port, []);
                offered.Offers.Add(offer);
            }
        }
        var groups = byPort.Values.GroupBy(p => string.Join(' ', p.Offers.Select(o => o.Pod.Uid)), StringComparer.Ordinal)
            .Select(g => new Group(new(g.Select(p => p.Port).OfType<Json>()), [.. g.First().Offers.Where(o => o.Ready)], [.. g.First().Offers.Where(o => !o.Ready)]))
            .ToArray();
        var truncated = groups.Sum(g => g.Ready.Length + g.Unready.Length) > most;
        return (new((truncated ? Fit(groups, most) : groups).Where(g => g.Ready.Length + g.Unready.Length > 0).Select(g => g.Tree())), truncated);
    }

    /// <summary>Where there isn't room for all, the ready go first, and each subset gives up its part.</summary>
    private static IEnumerable<Group> Fit(Group[] groups, int most)
    {
        var ready = groups.Sum(g => g.Ready.Length);
        if (ready > most)
        {
            var shares = Shares([.. groups.Select(g => g.Ready.Length)], most);
            return groups.Select((g, i) => g with { Ready = g.Ready[..shares[i]], Unready = [] });
        }
        var rest = Shares([.. groups.Select(g => g.Unready.Length)], most - ready);
        return groups.Select((g, i) => g with { Unready = g.Unready[..rest[i]] });
    }

    /// <summary>Rounded up, so that the last may get less than its part.</summary>
    private static int[] Shares(int[] sizes, int room)
    {
        var (total, left) = (sizes.Sum(), room);
        return [.. sizes.Select(size =>
        {
            var share = Math.Min(Math.Min((int)Math.Ceiling((double)size / total * room), left), size);
            left -= share;
            return share;
        })];
    }

    private sealed record Group(JsonList Ports, Offer[] Ready, Offer[] Unready)
    {
        public JsonMap Tree()
        {
            var subset = new JsonMap();
            if (Ready.Length > 0) subset.Add("addresses", new JsonList(Ready.Select(o => o.Address)));
            if (Unready.Length > 0) subset.Add("notReadyAddresses", new JsonList(Unready.Select(o => o.Address)));
            if (Ports.Count > 0) subset.Add("ports", Ports);
            return subset;
        }
    }
}

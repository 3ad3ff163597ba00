using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>
/// Leads each zone to as many endpoints as its part of the processors calls for: to its own first, then to those of zones that have
/// more than they need. What is in slices nobody writes stays as long as no zone gets too little by it.
/// </summary>
public static class ProportionalHints
{
    /// <summary>By how much more than its part an endpoint may have to bear.</summary>
    private const double Overload = 0.2;

    /// <summary>Why there are no hints, or null when there are. Then all drafts have theirs; otherwise none has any.</summary>
    public static string? Assign(IReadOnlyList<SliceDraft> drafts, IReadOnlyDictionary<string, double>? shares)
    {
        var trouble = Try(drafts, shares);
        if (trouble is null) return null;
        foreach (var draft in drafts)
            foreach (var endpoint in draft.Endpoints)
                if (endpoint.Remove("hints")) draft.Touched = true;
        return trouble;
    }

    private static string? Try(IReadOnlyList<SliceDraft> drafts, IReadOnlyDictionary<string, double>? shares)
    {
        var endpoints = drafts.Sum(d => d.Endpoints.Count(IsReady));
        if (shares is null) return "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes";
        if (shares.Count > endpoints) return $"Insufficient number of endpoints ({endpoints} endpoints, {shares.Count} zones)";
        var wanted = shares.OrderBy(s => s.Key, StringComparer.Ordinal).ToDictionary(s => s.Key, s => Part.Of(s.Value * endpoints));
        var spare = endpoints - wanted.Values.Sum(p => p.Least);
        if (spare < 0)
        {
            return "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold " +
                $"({endpoints} endpoints, {shares.Count} zones)";
        }

        var hinted = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var draft in drafts.Where(d => !d.Touched))
        {
            if (Counted(draft, hinted, wanted, spare) is not { } counted) draft.Touched = true;
            else foreach (var (zone, count) in counted) hinted[zone] = hinted.GetValueOrDefault(zone) + count;
        }
        var free = drafts.Where(d => d.Touched).SelectMany(d => d.Endpoints).ToArray();
        foreach (var endpoint in free)
        {
            endpoint.Remove("hints");
            if (!IsReady(endpoint)) continue;
            if (endpoint.Text("zone") is not { Length: > 0 } zone) return "One or more endpoints do not have a zone specified";
            hinted[zone] = hinted.GetValueOrDefault(zone) + 1;
            Hint(endpoint, zone);
        }
        var (giving, receiving) = Exchange(wanted, hinted);
        foreach (var endpoint in free.Where(IsReady))
        {
            if (giving.GetValueOrDefault(endpoint.Text("zone")!) == 0 || receiving.Count == 0) continue;
            var to = receiving.Keys.Order(StringComparer.Ordinal).First();
            Hint(endpoint, to);
            giving[endpoint.Text("zone")!]--;
            if (--receiving[to] == 0) receiving.Remove(to);
        }
        return null;
    }

    public static bool IsReady(JsonMap endpoint) => endpoint.Map("conditions")?.Bool("ready") == true;

    private static void Hint(JsonMap endpoint, string zone) =>
        endpoint.Set("hints", new JsonMap { { "forZones", JsonList.Of(new JsonMap { { "name", zone } }) } });

    /// <summary>What an unwritten slice leads to, or null when it can't stay as it is.</summary>
    private static Dictionary<string, int>? Counted(SliceDraft draft, Dictionary<string, int> hinted, Dictionary<string, Part> wanted, int spare)
    {
        var counted = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var endpoint in draft.Endpoints.Where(IsReady))
        {
            if (endpoint.Map("hints")?.List("forZones") is not { Count: > 0 } zones) return null;
            foreach (var zone in zones.Maps().Select(z => z.Text("name") ?? ""))
            {
                if (!wanted.ContainsKey(zone)) return null;
                counted[zone] = counted.GetValueOrDefault(zone) + 1;
            }
        }
        return counted.All(c => c.Value + hinted.GetValueOrDefault(c.Key) <= wanted[c.Key].Least + spare) ? counted : null;
    }

    /// <summary>How many endpoints each zone has to give and to get. Halves aren't worth moving one for.</summary>
    private static (Dictionary<string, int> Giving, Dictionary<string, int> Receiving) Exchange(
        Dictionary<string, Part> wanted, Dictionary<string, int> hinted)
    {
        var over = new SortedDictionary<string, double>(StringComparer.Ordinal);
        var under = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (zone, part) in wanted)
        {
            var more = hinted.GetValueOrDefault(zone) - part.Desired;
            if (more > 0) over[zone] = more;
            else if (more < 0) under[zone] = -more;
        }
        var (giving, receiving) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        while (over.Count > 0 && under.Count > 0)
        {
            var (from, give) = over.MaxBy(z => z.Value);
            var (to, get) = under.MaxBy(z => z.Value);
            if (give < 1 && get < 1 || give < 0.5 || get < 0.5) break;
            giving[from] = giving.GetValueOrDefault(from) + 1;
            receiving[to] = receiving.GetValueOrDefault(to) + 1;
            over[from] = give - 1;
            under[to] = get - 1;
        }
        return (giving, receiving);
    }

    private readonly record struct Part(int Least, double Desired)
    {
        public static Part Of(double share)
        {
            var least = (int)Math.Ceiling(share * (1 / (1 + Overload)));
            return new(least, Math.Max(share, least));
        }
    }
}

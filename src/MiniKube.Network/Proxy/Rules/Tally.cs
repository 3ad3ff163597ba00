namespace MiniKube.Network.Proxy;

/// <summary>From one state of the rules to the next.</summary>
public sealed record Difference(IReadOnlyList<Element> Removed, IReadOnlyList<Element> Added, IReadOnlyList<Chain> Fresh, IReadOnlyList<Chain> Changed, IReadOnlyList<Chain> Gone)
{
    public bool IsEmpty => Removed.Count + Added.Count + Fresh.Count + Changed.Count + Gone.Count == 0;
}

/// <summary>All services' rules as one: elements and chains counted, because services may share them.</summary>
public sealed class Tally
{
    private readonly Dictionary<(string Place, string Key), SortedDictionary<string, int>> elements = [];
    private readonly Dictionary<string, (Chain Chain, int Users)> chains = new(StringComparer.Ordinal);

    public int Count => elements.Count + chains.Count;

    public IEnumerable<Element> Elements => elements.Select(e => new Element(e.Key.Place, e.Key.Key, e.Value.Keys.First()));

    public IEnumerable<Chain> Chains => chains.Values.Select(c => c.Chain);

    public static Tally Of(IEnumerable<ServiceRules> services)
    {
        var tally = new Tally();
        foreach (var rules in services) tally.Take([(ServiceRules.None, rules)]);
        return tally;
    }

    public Difference Take(IReadOnlyList<(ServiceRules Before, ServiceRules After)> changes)
    {
        var touched = new Dictionary<(string Place, string Key), string?>();
        var touchedChains = new Dictionary<string, Chain?>(StringComparer.Ordinal);
        foreach (var (before, after) in changes)
        {
            foreach (var element in after.Elements) Note(touched, element);
            foreach (var element in before.Elements) Note(touched, element);
            foreach (var chain in after.Chains.Concat(before.Chains)) touchedChains.TryAdd(chain.Name, chains.TryGetValue(chain.Name, out var known) ? known.Chain : null);
            foreach (var element in after.Elements) Use(element, 1);
            foreach (var element in before.Elements) Use(element, -1);
            foreach (var chain in after.Chains) chains[chain.Name] = (chain, chains.TryGetValue(chain.Name, out var known) ? known.Users + 1 : 1);
            foreach (var chain in before.Chains)
                if (chains.TryGetValue(chain.Name, out var known)) chains[chain.Name] = (known.Chain, known.Users - 1);
        }
        return Compare(touched, touchedChains);
    }

    private Difference Compare(Dictionary<(string Place, string Key), string?> touched, Dictionary<string, Chain?> touchedChains)
    {
        var difference = (Removed: new List<Element>(), Added: new List<Element>(), Fresh: new List<Chain>(), Changed: new List<Chain>(), Gone: new List<Chain>());
        foreach (var ((place, key), old) in touched)
        {
            var now = elements.TryGetValue((place, key), out var values) ? values.Keys.First() : null;
            if (now == old) continue;
            if (old is not null) difference.Removed.Add(new(place, key, old));
            if (now is not null) difference.Added.Add(new(place, key, now));
        }
        foreach (var (name, old) in touchedChains)
        {
            var (now, users) = chains[name];
            if (users > 0 && old is null) difference.Fresh.Add(now);
            else if (users > 0 && !old!.Lines.SequenceEqual(now.Lines)) difference.Changed.Add(now);
            else if (users <= 0)
            {
                if (old is not null) difference.Gone.Add(old);
                chains.Remove(name);
            }
        }
        return new(difference.Removed, difference.Added, difference.Fresh, difference.Changed, difference.Gone);
    }

    private void Note(Dictionary<(string Place, string Key), string?> touched, Element element)
    {
        var key = (element.Place, element.Key);
        touched.TryAdd(key, elements.TryGetValue(key, out var values) ? values.Keys.First() : null);
    }

    private void Use(Element element, int by)
    {
        var key = (element.Place, element.Key);
        if (!elements.TryGetValue(key, out var values)) elements[key] = values = new(StringComparer.Ordinal);
        var count = values.GetValueOrDefault(element.Value) + by;
        if (count > 0) values[element.Value] = count;
        else values.Remove(element.Value);
        if (values.Count == 0) elements.Remove(key);
    }
}

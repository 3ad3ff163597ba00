using System.Text;

namespace MiniKube.Network.Proxy;

/// <summary>
/// All services' rules as one: elements counted, because services may share them, and chains by name. A difference between two
/// states is one script for nft, which the kernel takes as a whole or not at all.
/// </summary>
public sealed class RuleSet
{
    public const string Table = "minik_services";

    private readonly Dictionary<(string Map, string Key), SortedDictionary<string, int>> elements = [];
    private readonly Dictionary<string, (Chain Chain, int Users)> chains = new(StringComparer.Ordinal);
    private readonly HashSet<string> spreads = new(StringComparer.Ordinal);

    public int Count => elements.Count;

    public static RuleSet For(IEnumerable<ServiceRules> services)
    {
        var set = new RuleSet();
        foreach (var rules in services) set.Change(ServiceRules.None, rules);
        return set;
    }

    /// <summary>Takes one service's change in; the script that makes the kernel follow, empty when nothing changed.</summary>
    public string Change(ServiceRules before, ServiceRules after) => Change([(before, after)]);

    public string Change(IReadOnlyList<(ServiceRules Before, ServiceRules After)> changes)
    {
        var touched = new Dictionary<(string Map, string Key), string?>();
        var touchedChains = new Dictionary<string, Chain?>(StringComparer.Ordinal);
        foreach (var (before, after) in changes)
        {
            foreach (var element in after.Elements) Note(touched, element);
            foreach (var element in before.Elements) Note(touched, element);
            foreach (var chain in after.Chains.Concat(before.Chains)) touchedChains.TryAdd(chain.Name, chains.TryGetValue(chain.Name, out var known) ? known.Chain : null);
            foreach (var element in after.Elements) CountUse(element, 1);
            foreach (var element in before.Elements) CountUse(element, -1);
            foreach (var chain in after.Chains) chains[chain.Name] = (chain, chains.TryGetValue(chain.Name, out var known) ? known.Users + 1 : 1);
            foreach (var chain in before.Chains)
                if (chains.TryGetValue(chain.Name, out var known)) chains[chain.Name] = (known.Chain, known.Users - 1);
        }
        return Script(touched, touchedChains);
    }

    /// <summary>The script that puts everything in place from nothing, in one transaction.</summary>
    public string Full(string serviceCidr)
    {
        var text = new StringBuilder();
        text.Append($"add table ip {Table}\ndelete table ip {Table}\n").Append(Base(serviceCidr));
        var all = elements.Select(e => (e.Key.Map, e.Key.Key, Value: e.Value.Keys.First())).ToArray();
        spreads.Clear();
        AddSpreads(text, all.Select(e => e.Value));
        foreach (var (chain, _) in chains.Values) Define(text, chain, known: false);
        foreach (var (chain, _) in chains.Values) Fill(text, chain);
        foreach (var group in all.GroupBy(e => e.Map).OrderBy(g => g.Key, StringComparer.Ordinal))
            foreach (var part in group.Chunk(1000))
                text.Append($"add element ip {Table} {group.Key} {{ {string.Join(", ", part.Select(e => Pair(e.Key, e.Value)))} }}\n");
        return text.ToString();
    }

    public IEnumerable<(string Map, string Key, string Value)> Elements => elements.Select(e => (e.Key.Map, e.Key.Key, e.Value.Keys.First()));

    private void Note(Dictionary<(string Map, string Key), string?> touched, Element element)
    {
        var key = (element.Map, element.Key);
        touched.TryAdd(key, elements.TryGetValue(key, out var values) ? values.Keys.First() : null);
    }

    private void CountUse(Element element, int by)
    {
        var key = (element.Map, element.Key);
        if (!elements.TryGetValue(key, out var values)) elements[key] = values = new(StringComparer.Ordinal);
        var count = values.GetValueOrDefault(element.Value) + by;
        if (count > 0) values[element.Value] = count;
        else values.Remove(element.Value);
        if (values.Count == 0) elements.Remove(key);
    }

    private string Script(Dictionary<(string Map, string Key), string?> touched, Dictionary<string, Chain?> touchedChains)
    {
        var text = new StringBuilder();
        var removed = new List<Element>();
        var added = new List<Element>();
        foreach (var ((map, key), old) in touched)
        {
            var now = elements.TryGetValue((map, key), out var values) ? values.Keys.First() : null;
            if (now == old) continue;
            if (old is not null) removed.Add(new(map, key, old));
            if (now is not null) added.Add(new(map, key, now));
        }
        AddSpreads(text, added.Select(e => e.Value));
        var fresh = touchedChains.Where(c => chains[c.Key].Users > 0 && c.Value is null).Select(c => chains[c.Key].Chain).ToArray();
        var gone = touchedChains.Where(c => chains[c.Key].Users <= 0).Select(c => chains[c.Key].Chain).ToArray();
        foreach (var chain in fresh) Define(text, chain, known: false);
        foreach (var chain in fresh) Fill(text, chain);
        foreach (var group in removed.GroupBy(e => e.Map)) text.Append($"delete element ip {Table} {group.Key} {{ {string.Join(", ", group.Select(e => e.Key))} }}\n");
        foreach (var group in added.GroupBy(e => e.Map)) text.Append($"add element ip {Table} {group.Key} {{ {string.Join(", ", group.Select(e => Pair(e.Key, e.Value)))} }}\n");
        // Rules go before what they refer to.
        foreach (var chain in gone) text.Append($"flush chain ip {Table} {chain.Name}\n");
        foreach (var chain in gone.Where(c => c.Memory is null)) text.Append($"delete chain ip {Table} {chain.Name}\n");
        foreach (var chain in gone.Where(c => c.Memory is not null)) text.Append($"delete chain ip {Table} {chain.Name}\ndelete set ip {Table} {chain.Memory}\n");
        foreach (var chain in gone) chains.Remove(chain.Name);
        return text.ToString();
    }

    private void AddSpreads(StringBuilder text, IEnumerable<string> verdicts)
    {
        foreach (var verdict in verdicts)
        {
            if (!verdict.StartsWith("goto ", StringComparison.Ordinal) || verdict[5..] is var name && (name[0] is 's' || !spreads.Add(name))) continue;
            var chain = Chain.OfSpread(verdict[5..]);
            Define(text, chain, known: false);
            Fill(text, chain);
        }
    }

    private static void Define(StringBuilder text, Chain chain, bool known)
    {
        if (chain.Memory is { } memory) text.Append($"add set ip {Table} {memory} {{ type ipv4_addr; flags dynamic,timeout; timeout {chain.RemembersFor}s; size 65535; }}\n");
        if (!known) text.Append($"add chain ip {Table} {chain.Name}\n");
    }

    private static void Fill(StringBuilder text, Chain chain)
    {
        foreach (var line in chain.Lines) text.Append($"add rule ip {Table} {chain.Name} {line}\n");
    }

    private static string Pair(string key, string value) => value.Length == 0 ? key : $"{key} : {value}";

    private static string Base(string serviceCidr) =>
        $$"""
        table ip {{Table}} {
          map vips { type ipv4_addr . inet_proto . inet_service : verdict; }
          map backends { typeof ip daddr . meta l4proto . th dport . numgen random mod 2 : ip daddr . th dport; }
          map nodeports { type inet_proto . inet_service : verdict; }
          map nodebackends { typeof meta l4proto . th dport . numgen random mod 2 : ip daddr . th dport; }
          set dead { type ipv4_addr . inet_proto . inet_service; }
          set deadports { type inet_proto . inet_service; }
          set hairpin { type ipv4_addr . ipv4_addr; }
          chain services {
            ip daddr . meta l4proto . th dport vmap @vips
            fib daddr type local meta l4proto . th dport vmap @nodeports
          }
          chain prerouting { type nat hook prerouting priority -110; jump services; }
          chain output { type nat hook output priority -110; jump services; }
          chain postrouting {
            type nat hook postrouting priority 90;
            meta mark and 0x80000 != 0 masquerade
            ip saddr . ip daddr @hairpin masquerade
          }
          chain refuse {
            ip daddr . meta l4proto . th dport @dead reject with icmp port-unreachable
            fib daddr type local meta l4proto . th dport @deadports reject with icmp port-unreachable
          }
          chain input { type filter hook input priority -110; ct state new jump refuse; }
          chain forward { type filter hook forward priority -110; ct state new jump refuse; ct state new ip daddr {{serviceCidr}} reject with icmp port-unreachable; }
          chain local { type filter hook output priority -110; ct state new jump refuse; }
        }

        """;
}

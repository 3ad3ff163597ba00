using System.Text;

namespace MiniKube.Network.Proxy;

/// <summary>Rules and differences in nft's language; the kernel takes each script as a whole or not at all.</summary>
internal sealed class NftScript(string serviceCidr, string clusterCidr)
{
    public const string Table = "minik_services";
    private const int AtOnce = 2000;

    /// <summary>Everything from nothing.</summary>
    public string Full(Tally rules)
    {
        var text = new StringBuilder();
        text.Append($"add table ip {Table}\ndelete table ip {Table}\n").Append(Base());
        Chains(text, Table, [.. NftRules.Spreads(), .. rules.Chains]);
        Put(text, Table, rules.Elements);
        return text.ToString();
    }

    public static string Change(Difference difference, string table = Table)
    {
        var text = new StringBuilder();
        Chains(text, table, difference.Fresh);
        foreach (var chain in difference.Changed)
        {
            text.Append($"flush chain ip {table} {chain.Name}\n");
            Fill(text, table, chain);
        }
        var places = difference.Gone.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var group in difference.Removed.Where(e => !places.Contains(e.Place)).GroupBy(e => e.Place)) text.Append($"delete element ip {table} {group.Key} {{ {string.Join(", ", group.Select(e => e.Key))} }}\n");
        Put(text, table, difference.Added);
        // Rules go before what they refer to.
        foreach (var chain in difference.Gone.Where(c => c.SetType is null)) text.Append($"flush chain ip {table} {chain.Name}\n");
        foreach (var chain in difference.Gone.OrderBy(c => c.Name[0] switch { 'x' or 'c' => 0, 'i' or 'd' => 1, _ => 2 }))
        {
            text.Append($"delete {(chain.SetType is null ? "chain" : "set")} ip {table} {chain.Name}\n");
            if (chain.Memory is { } memory) text.Append($"delete set ip {table} {memory}\n");
        }
        return text.ToString();
    }

    private static void Chains(StringBuilder text, string table, IReadOnlyList<Chain> all)
    {
        foreach (var chain in all)
        {
            if (chain.Memory is { } memory) text.Append($"add set ip {table} {memory} {{ type ipv4_addr; flags dynamic,timeout; size 65535; }}\n");
            text.Append(chain.SetType is { } type ? $"add set ip {table} {chain.Name} {{ type {type}; }}\n" : $"add chain ip {table} {chain.Name}\n");
        }
        foreach (var chain in all) Fill(text, table, chain);
    }

    private static void Put(StringBuilder text, string table, IEnumerable<Element> elements)
    {
        foreach (var group in elements.GroupBy(e => e.Place).OrderBy(g => g.Key, StringComparer.Ordinal))
            foreach (var part in group.Chunk(AtOnce))
                text.Append($"add element ip {table} {group.Key} {{ ").AppendJoin(", ", part.Select(e => e.Value.Length == 0 ? e.Key : $"{e.Key} : {e.Value}")).Append(" }\n");
    }

    private static void Fill(StringBuilder text, string table, Chain chain)
    {
        foreach (var line in chain.Lines) text.Append($"add rule ip {table} {chain.Name} {line}\n");
    }

    private string Base() =>
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
            fib daddr type local ip daddr != {{serviceCidr}} meta l4proto . th dport vmap @nodeports
          }
          chain prerouting {
            type nat hook prerouting priority -110;
            ip daddr {{serviceCidr}} ip saddr != {{clusterCidr}} {{NftRules.Mark}}
            jump services
          }
          chain output { type nat hook output priority -110; jump services; }
          chain postrouting {
            type nat hook postrouting priority 90;
            meta mark and 0x80000 != 0 masquerade
            ip saddr . ip daddr @hairpin masquerade
          }
          chain refuse {
            ip daddr . meta l4proto . th dport @dead reject with icmp port-unreachable
            fib daddr type local ip daddr != {{serviceCidr}} meta l4proto . th dport @deadports reject with icmp port-unreachable
          }
          chain input { type filter hook input priority -110; ct state new jump refuse; }
          chain forward { type filter hook forward priority -110; ct state new jump refuse; ct state new ip daddr {{serviceCidr}} reject with icmp port-unreachable; }
          chain local { type filter hook output priority -110; ct state new jump refuse; }
        }

        """;
}

using MiniKube.Network.Proxy;

namespace MiniKube.Network.Policy;

/// <summary>Policies in a table of nft of their own: sets of addresses, a chain per policy and direction, a map from pods to their policies.</summary>
internal sealed class NftPolicyKeeper : IPolicyKeeper
{
    private const string Table = "minik_policies";

    private readonly NftPolicyRules writing = new();
    private Tally tally = new();
    private PolicyRules rules = PolicyRules.None;

    public async Task Load(PolicyRules wanted, CancellationToken cancel)
    {
        var fresh = new Tally();
        var difference = fresh.Take(PolicyChanges.Between(PolicyRules.None, wanted, writing));
        await Tool.Nft($"add table ip {Table}\ndelete table ip {Table}\n{Base}{NftScript.Change(difference, Table)}", cancel);
        (tally, rules) = (fresh, wanted);
    }

    public async Task Follow(PolicyRules wanted, CancellationToken cancel)
    {
        var difference = tally.Take(PolicyChanges.Between(rules, wanted, writing));
        rules = wanted;
        if (!difference.IsEmpty) await Tool.Nft(NftScript.Change(difference, Table), cancel);
    }

    public async Task<bool> Intact(CancellationToken cancel) => (await Tool.Run("nft", ["list", "chain", "ip", Table, "incoming"], null, cancel)).Ok;

    /// <summary>True once there is nothing (any more).</summary>
    public static async Task<bool> CleanUp(CancellationToken cancel = default)
    {
        if (!(await Tool.Run("nft", ["-t", "list", "table", "ip", Table], null, cancel)).Ok) return true;
        return (await Tool.Run("nft", ["delete", "table", "ip", Table], null, cancel)).Ok;
    }

    /// <summary>
    /// Accepting ends a base chain, not the packet's way: so each direction has its own. The node's own packets are not forwarded, and pass. A
    /// packet that belongs to no connection has no caller to look up.
    /// </summary>
    private const string Base =
        $$"""
        table ip {{Table}} {
          map ingress { type ipv4_addr : verdict; }
          map egress { type ipv4_addr : verdict; }
          set self { type ipv4_addr . ipv4_addr; }
          set guarded { type ipv4_addr; }
          chain outgoing {
            type filter hook forward priority -102;
            {{NftPolicyRules.Caller}} . {{NftPolicyRules.Called}} @self accept
            {{NftPolicyRules.Caller}} vmap @egress
          }
          chain incoming {
            type filter hook forward priority -101;
            ct state invalid,untracked ip daddr @guarded drop
            ct state invalid,untracked ip saddr @guarded drop
            {{NftPolicyRules.Caller}} . {{NftPolicyRules.Called}} @self accept
            {{NftPolicyRules.Called}} vmap @ingress
          }
        }

        """;
}

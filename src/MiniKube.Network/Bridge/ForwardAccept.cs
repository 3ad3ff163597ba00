namespace MiniKube.Network.Bridge;

/// <summary>
/// A chain of another firewall that drops forwarded packets can't be outvoted from a table of our own. Only then two rules of
/// ours go into it: into Docker's chain for such guests, else into FORWARD.
/// </summary>
internal static class ForwardAccept
{
    private static readonly string[] Tools = ["iptables-nft", "iptables-legacy"];

    public static async Task Ensure(string bridge, CancellationToken cancel)
    {
        foreach (var tool in Tools)
        {
            if (await Iptables.Existing(tool, "filter", cancel) is not { } saved || Chain(saved) is not { } chain) continue;
            foreach (var direction in (string[])["-i", "-o"])
                if (!Contains(saved, chain, direction, bridge)) await Tool.Run(tool, ["-w", "-I", chain, direction, bridge, "-j", "ACCEPT"], null, cancel);
        }
    }

    public static async Task<bool> CleanUp(string bridge, CancellationToken cancel)
    {
        var clean = true;
        foreach (var tool in Tools)
        {
            if (await Iptables.Existing(tool, "filter", cancel) is not { } saved) continue;
            foreach (var line in saved.Split('\n'))
                if (line.Split(' ') is ["-A", var chain, "-i" or "-o", var name, "-j", "ACCEPT"] && name == bridge)
                    clean &= (await Tool.Run(tool, ["-w", "-D", .. line.Split(' ')[1..]], null, cancel)).Ok;
        }
        return clean;
    }

    /// <summary>Where the rules must go; null when nobody forbids forwarding.</summary>
    public static string? Chain(string saved)
    {
        if (saved.Contains(":DOCKER-USER ", StringComparison.Ordinal)) return "DOCKER-USER";
        return saved.Split('\n').Any(l => l.StartsWith(":FORWARD DROP", StringComparison.Ordinal) || l.StartsWith("-A FORWARD", StringComparison.Ordinal) && !l.Contains(" MINIK-", StringComparison.Ordinal)) ? "FORWARD" : null;
    }

    private static bool Contains(string saved, string chain, string direction, string bridge) => saved.Split('\n').Contains($"-A {chain} {direction} {bridge} -j ACCEPT");
}

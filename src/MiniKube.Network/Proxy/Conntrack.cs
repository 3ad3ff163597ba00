using System.Net;

namespace MiniKube.Network.Proxy;

/// <summary>A flow in the kernel's memory: how it began, and who answers it.</summary>
internal readonly record struct Flow(string Source, string Target, string SourcePort, string TargetPort, string Answerer, string AnswererPort)
{
    /// <summary>A line as conntrack lists it; null for anything else.</summary>
    public static Flow? Parse(string line)
    {
        string? Field(string name, int which)
        {
            var at = -1;
            for (var i = 0; i <= which; i++)
                if ((at = line.IndexOf($" {name}=", at + 1, StringComparison.Ordinal)) < 0) return null;
            var from = at + name.Length + 2;
            var to = line.IndexOf(' ', from);
            return to < 0 ? line[from..] : line[from..to];
        }

        return (Field("src", 0), Field("dst", 0), Field("sport", 0), Field("dport", 0), Field("src", 1), Field("sport", 1)) is ({ } s, { } d, { } sp, { } dp, { } a, { } ap) ? new(s, d, sp, dp, a, ap) : null;
    }
}

/// <summary>UDP "connections" outlive their endpoints in the kernel's memory: those that lead elsewhere than the rules would now are forgotten.</summary>
internal static class Conntrack
{
    public static async Task Forget(IReadOnlySet<string> keys, Dictionary<string, Frontend> now, ProxyNode node, CancellationToken cancel)
    {
        var listed = await Tool.Run("conntrack", ["-L", "-p", "udp"], null, cancel);
        foreach (var line in listed.Output.Split('\n'))
        {
            if (Flow.Parse(line) is not { } flow || !IsStale(flow, keys, now, node)) continue;
            await Tool.Run("conntrack", ["-D", "-p", "udp", "--orig-src", flow.Source, "--orig-dst", flow.Target, "--orig-port-src", flow.SourcePort, "--orig-port-dst", flow.TargetPort], null, cancel);
        }
    }

    /// <summary>Whatever the kernel remembers of pods and services.</summary>
    public static async Task ForgetAll(string clusterCidr, string serviceCidr, CancellationToken cancel)
    {
        foreach (var (direction, range) in ((string, string)[])[("-s", clusterCidr), ("-d", clusterCidr), ("-d", serviceCidr)]) await Tool.Run("conntrack", ["-D", direction, range], null, cancel);
        var pods = Ipv4Range.Parse(clusterCidr);
        foreach (var line in (await Tool.Run("conntrack", ["-L"], null, cancel)).Output.Split('\n'))
            if (Flow.Parse(line) is { } flow && IPAddress.TryParse(flow.Answerer, out var answerer) && pods.Contains(answerer))
                await Tool.Run("conntrack", ["-D", "-p", line.Split(' ')[0], "--orig-src", flow.Source, "--orig-dst", flow.Target, "--orig-port-src", flow.SourcePort, "--orig-port-dst", flow.TargetPort], null, cancel);
    }

    /// <summary>Keys are the frontends that changed, with and without an address; now has those that still are.</summary>
    public static bool IsStale(Flow flow, IReadOnlySet<string> keys, IReadOnlyDictionary<string, Frontend> now, ProxyNode node)
    {
        var key = $"{flow.Target} udp {flow.TargetPort}";
        if (!keys.Contains(key))
        {
            key = $" udp {flow.TargetPort}";
            var toNode = flow.Answerer != flow.Target || node.Addresses.Contains(flow.Target) || flow.Target.StartsWith("127.", StringComparison.Ordinal);
            if (!toNode || !keys.Contains(key)) return false;
        }
        var answerer = $"{flow.Answerer}:{flow.AnswererPort}";
        return !now.TryGetValue(key, out var frontend) || !frontend.Backends.Concat(frontend.Inside ?? []).Any(b => b.ToString() == answerer);
    }
}

using System.Diagnostics;
using MiniKube.Kinds.Meta;
using MiniKube.Network;
using MiniKube.Network.Policy;

namespace MiniKube.Benchmarks.Network;

/// <summary>Network policies: each guards the ten pods of an application and lets in ten others, and one denies everything else.</summary>
internal static class PolicyLoad
{
    public static async Task Run(string mode, int policies, int pods)
    {
        IPolicyKeeper keeper = mode == "nftables" ? new NftPolicyKeeper() : new IptablesPolicyKeeper((await Iptables.Usable())!);
        var seen = new PolicySeen([.. Enumerable.Range(0, policies).Select(i => Policy(i, 80)), new("default", "deny", new() { PolicyTypes = ["Ingress"] })],
            [.. Enumerable.Range(0, pods).Select(i => Pod(i, $"10.42.{i / 250}.{i % 250 + 2}"))], new Dictionary<string, IReadOnlyDictionary<string, string>> { ["default"] = new Dictionary<string, string>() });
        var clock = Stopwatch.StartNew();
        await keeper.Load(PolicyRules.For(seen), default);
        NetworkLoad.Say($"{mode}: {policies:N0} policies × {pods:N0} pods, from nothing", $"{clock.ElapsedMilliseconds:N0} ms");
        await Change("a policy of another port", i => seen with { Policies = [.. seen.Policies.Select((p, n) => n == i ? Policy(i, 81) : p)] });
        await Change("a pod of another address", i => seen with { Pods = [.. seen.Pods.Select((p, n) => n == i ? Pod(i, $"10.42.9.{i}") : p)] });
        await Change("a policy more for all pods", i => seen with { Policies = [.. seen.Policies, new("default", $"more{i}", new() { PolicyTypes = ["Ingress"], Ingress = [new()] })] });
        if (mode == "nftables") await NftPolicyKeeper.CleanUp();
        else await IptablesPolicyKeeper.CleanUp();

        async Task Change(string what, Func<int, PolicySeen> changed)
        {
            var times = new List<double>();
            for (var i = 1; i < 22; i++)
            {
                var next = changed(i);
                clock.Restart();
                await keeper.Follow(PolicyRules.For(next), default);
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
            NetworkLoad.Say($"{mode}: {what}, deciding included", $"{NetworkLoad.Median(times):N0} ms (worst {times[^1]:N0})");
        }
    }

    private static PolicyItem Policy(int i, int port) => new("default", $"p{i}", new()
    {
        PolicyTypes = ["Ingress"], PodSelector = App(i % 100),
        Ingress = [new() { From = [new() { PodSelector = App(i / 7 % 100) }], Ports = [new() { Protocol = "TCP", Port = port }] }],
    });

    private static PolicyPod Pod(int i, string address) => new("default", $"pod{i}", address, new Dictionary<string, string> { ["app"] = $"a{i % 100}", ["pod"] = $"p{i}" }, [], true);

    private static LabelSelector App(int i) => new() { MatchLabels = new Dictionary<string, string> { ["app"] = $"a{i}" } };
}

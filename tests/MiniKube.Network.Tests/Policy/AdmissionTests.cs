using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Networking;
using MiniKube.Network.Policy;
using MiniKube.TestKit;

namespace MiniKube.Network.Tests.Policy;

/// <summary>Who waits for the rules before it starts. Nothing is written here: nobody runs the policies.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AdmissionTests
{
    private readonly Caches caches = new(new MemoryApi(new ManualTime()), new ManualTime());

    [Test]
    public async Task Pods_start_without_rules_where_there_are_no_policies()
    {
        using var policies = Policies();
        Show<NetworkPolicy>();
        await Admit(policies);
    }

    [Test]
    public void Pods_wait_where_there_are_policies_or_may_be()
    {
        using var policies = Policies();
        var early = Admit(policies);
        Show<NetworkPolicy>("""{"metadata":{"name":"deny","namespace":"elsewhere","uid":"p","resourceVersion":"1"},"spec":{"podSelector":{}}}""");
        var late = Admit(policies);
        Assert.That((early.IsCompleted, late.IsCompleted), Is.EqualTo((false, false)));
    }

    private static Task Admit(NetworkPolicies policies) => policies.Admit("default", "p", "u", "10.42.0.2", default);

    private NetworkPolicies Policies()
    {
        Show<Pod>();
        Show<Namespace>();
        return new(caches, "n", "nftables", new NoEvents(), _ => { });
    }

    private void Show<T>(params string[] objects) where T : KubeObject => caches.Of<T>().Replace([.. objects.Select(o => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(o))], 1);

    private sealed class NoEvents : IEventSink
    {
        public void Emit(ObjectRef about, string type, string reason, string message)
        {
        }
    }
}

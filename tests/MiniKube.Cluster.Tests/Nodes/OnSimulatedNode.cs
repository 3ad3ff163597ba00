using MiniKube.Kinds.Core;
using MiniKube.TestKit;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>A cluster with one simulated node "n", whose clock stands still until a test moves it on.</summary>
public abstract class OnSimulatedNode
{
    private protected ManualTime Time { get; } = new();
    private protected TestCluster Cluster { get; private set; } = null!;
    private protected SimulatedNode Node { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartNode()
    {
        Cluster = await TestCluster.Start(nodes: 0);
        await Cluster.Until<ServiceAccount>("default", _ => true, seconds: 60);
        Node = new(Cluster, "n", Time);
        await Eventually(async () => (await Cluster.Get<Node>("n"))?.Value.Status?.Allocatable is not null, () => "the node never says what it has");
    }

    [OneTimeTearDown]
    public async Task StopNode()
    {
        if (Node is not null) await Node.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    /// <summary>Until it is so, seconds passing meanwhile on the node.</summary>
    private protected Task Eventually(Func<Task<bool>> so, Func<string> instead) => Cluster.Until(async () =>
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        return await so();
    }, () => Task.FromResult(instead()), seconds: 60);
}

using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

/// <summary>A node whose engine isn't there: it says so, and the cluster goes on without it.</summary>
[TestFixture]
public sealed class NoEngineTests
{
    [TestCase("docker")]
    [TestCase("containerd")]
    public async Task The_node_says_why_and_the_api_goes_on(string runtime)
    {
        await using var minik = await MinikProcess.Start("--runtime", runtime, "--container-runtime-endpoint", "unix:///nonexistent/engine.sock");
        var node = Environment.MachineName.ToLowerInvariant();
        await Until.Says(() => minik.Kubectl($"get node {node} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].status}}:{{.status.conditions[?(@.type==\"Ready\")].message}}"), "False:container runtime is down: ");
        Assert.That((await minik.Kubectl($"get node {node} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].message}}")).Text, Does.Contain("/nonexistent/engine.sock"));
        var made = await minik.Kubectl("create configmap c --from-literal=a=b");
        Assert.That(made.Code, Is.Zero, made.All);
        Assert.That((await minik.Kubectl("get configmap c -o jsonpath={.data.a}")).Text, Is.EqualTo("b"));
        await PodEngine.Clean(minik);
    }
}

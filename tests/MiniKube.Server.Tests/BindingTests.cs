namespace MiniKube.Server.Tests;

/// <summary>What becomes of a pod when it gets its node.</summary>
[TestFixture]
public sealed class BindingTests
{
    [Test]
    public async Task It_carries_its_zone_and_no_longer_what_was_in_view()
    {
        await using var server = await TestServer.Start();
        await server.Send("POST", "/api/v1/nodes", """{"metadata":{"name":"n","labels":{"topology.kubernetes.io/zone":"z","topology.kubernetes.io/region":"r","other":"x"}}}""");
        await server.Send("POST", "/api/v1/namespaces/ref/pods", """{"metadata":{"name":"p","labels":{"topology.kubernetes.io/zone":"lie"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await server.Send("PATCH", "/api/v1/namespaces/ref/pods/p/status", """{"status":{"nominatedNodeName":"m"}}""", "application/merge-patch+json");
        var (code, answer) = await server.Send("POST", "/api/v1/namespaces/ref/pods/p/binding", """{"metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}}""");
        Assert.That(code, Is.EqualTo(201), answer.ToString());
        var (_, pod) = await server.Send("GET", "/api/v1/namespaces/ref/pods/p", "");
        Assert.That(pod.Map("metadata")!.Map("labels")!.ToString(), Is.EqualTo("""{"topology.kubernetes.io/zone":"z","topology.kubernetes.io/region":"r"}"""));
        Assert.That(pod.Map("spec")!.Text("nodeName"), Is.EqualTo("n"));
        Assert.That(pod.Map("status")!.Text("nominatedNodeName"), Is.Null);
    }
}

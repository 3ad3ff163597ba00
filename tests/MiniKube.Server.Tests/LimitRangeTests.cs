using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>What a namespace's LimitRange adds to pods and claims and what it refuses, in upstream's words.</summary>
[TestFixture]
public sealed class LimitRangeTests
{
    [TestCase("""{"type":"Container","min":{"cpu":"100m"}}""", """{"requests":{"cpu":"50m"}}""", "minimum cpu usage per Container is 100m, but request is 50m")]
    [TestCase("""{"type":"Container","min":{"memory":"1Gi"},"defaultRequest":{"memory":"2Gi"}}""", """{"limits":{"memory":"512Mi"}}""",
        "minimum memory usage per Container is 1Gi, but request is 512Mi")]
    [TestCase("""{"type":"Container","max":{"cpu":"1"}}""", """{"limits":{"cpu":"2"}}""", "maximum cpu usage per Container is 1, but limit is 2")]
    [TestCase("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", """{"requests":{"cpu":"100m"},"limits":{"cpu":"300m"}}""",
        "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000")]
    [TestCase("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", "{}", "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0")]
    [TestCase("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", """{"requests":{"cpu":"100m"}}""", "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0")]
    [TestCase("""{"type":"Pod","max":{"cpu":"1"}}""", "{}", "maximum cpu usage per Pod is 1.  No limit is specified")]
    [TestCase("""{"type":"Pod","max":{"cpu":"1"}}""", """{"limits":{"cpu":"600m"}}""", "maximum cpu usage per Pod is 1, but limit is 1200m")]
    [TestCase("""{"type":"Pod","min":{"cpu":"1"}}""", "{}", "minimum cpu usage per Pod is 1.  No request is specified")]
    public async Task Out_of_bounds_is_refused(string limit, string resources, string why)
    {
        await using var server = await TestServer.Start();
        await Limit(server, limit);
        var (code, answer) = await Make(server, resources, resources, "{}");
        Assert.That((code, answer.Text("message")), Is.EqualTo((403, $"pods \"p\" is forbidden: {why}")));
    }

    [Test]
    public async Task A_pod_takes_what_its_greediest_moment_takes()
    {
        await using var server = await TestServer.Start();
        await Limit(server, """{"type":"Pod","max":{"cpu":"1"}}""");
        var (code, answer) = await Make(server, """{"limits":{"cpu":"100m"}}""", """{"limits":{"cpu":"100m"}}""", """{"limits":{"cpu":"3"}}""");
        Assert.That((code, answer.Text("message")), Is.EqualTo((403, "pods \"p\" is forbidden: maximum cpu usage per Pod is 1, but limit is 3")));
    }

    [Test]
    public async Task Defaults_are_filled_in_and_told()
    {
        await using var server = await TestServer.Start();
        await Limit(server, """{"type":"Container","default":{"cpu":"2","memory":"1Gi"},"defaultRequest":{"cpu":"500m"}}""");
        var (code, pod) = await Make(server, """{"limits":{"cpu":"1"}}""", """{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"cpu":"2","memory":"1Gi"}}""", "{}");
        Assert.That(code, Is.EqualTo(201), pod.ToString());
        Assert.That(pod.Map("metadata")!.Map("annotations")!.Text("kubernetes.io/limit-ranger"), Is.EqualTo("LimitRanger plugin set: memory request for container a; memory limit for container a; "
            + "cpu, memory request for init container i; cpu, memory limit for init container i"));
        Assert.That(pod.Map("spec")!.List("initContainers")!.Maps().Single().Map("resources")!.SameAs(
            JsonReader.Parse("""{"limits":{"cpu":"2","memory":"1Gi"},"requests":{"cpu":"500m","memory":"1Gi"}}""")), Is.True, pod.ToString());
    }

    [TestCase("1Gi", "minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi")]
    [TestCase("9Gi", "maximum storage usage per PersistentVolumeClaim is 4Gi, but request is 9Gi")]
    [TestCase("3Gi", null)]
    public async Task Claims_have_bounds_too(string size, string? why)
    {
        await using var server = await TestServer.Start();
        await Limit(server, """{"type":"PersistentVolumeClaim","min":{"storage":"2Gi"},"max":{"storage":"4Gi"}}""");
        var (code, answer) = await server.Send("POST", "/api/v1/namespaces/ref/persistentvolumeclaims",
            """{"metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"SIZE"}}}}""".Replace("SIZE", size, StringComparison.Ordinal));
        if (why is null) Assert.That(code, Is.EqualTo(201), answer.ToString());
        else Assert.That((code, answer.Text("message")), Is.EqualTo((403, $"persistentvolumeclaims \"c\" is forbidden: {why}")));
    }

    [Test]
    public async Task A_pod_made_before_may_be_labelled_but_not_grown()
    {
        await using var server = await TestServer.Start();
        await Make(server, """{"limits":{"cpu":"2"}}""", """{"limits":{"cpu":"2"}}""", """{"limits":{"cpu":"1"}}""");
        await Limit(server, """{"type":"Container","max":{"cpu":"1"}}""");
        const string pod = "/api/v1/namespaces/ref/pods/p";
        var (labelled, _) = await server.Send("PATCH", pod, """{"metadata":{"labels":{"a":"b"}}}""", "application/merge-patch+json");
        var (grown, answer) = await server.Send("PATCH", pod + "/resize", """{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"3"}}}]}}""", "application/strategic-merge-patch+json");
        Assert.That((labelled, grown), Is.EqualTo((200, 403)), answer.ToString());
        Assert.That(answer.Text("message"), Does.Contain("maximum cpu usage per Container is 1, but limit is 3"));
    }

    private static Task<(int, JsonMap)> Limit(TestServer server, string limit) =>
        server.Send("POST", "/api/v1/namespaces/ref/limitranges", $$$"""{"metadata":{"name":"l"},"spec":{"limits":[{{{limit}}}]}}""");

    private static Task<(int Code, JsonMap Body)> Make(TestServer server, string first, string second, string before)
    {
        var start = before == "{}" ? first == second ? "" : """{"name":"i","image":"i"}""" : $$$"""{"name":"i","image":"i","resources":{{{before}}}}""";
        return server.Send("POST", "/api/v1/namespaces/ref/pods", $$$"""
            {"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"i","resources":{{{first}}}},{"name":"b","image":"i","resources":{{{second}}}}],"initContainers":[{{{start}}}]}}
            """);
    }
}

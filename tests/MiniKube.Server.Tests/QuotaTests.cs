using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>What quotas let in and what they refuse, in upstream's words. Their controller isn't here: their status is written by hand.</summary>
[TestFixture]
public sealed class QuotaTests
{
    private const string Requests = """{"requests":{"cpu":"500m","memory":"1Gi"},"limits":{"cpu":"1","memory":"1Gi"}}""";

    [TestCase("""{"pods":"1"}""", """{"pods":"1"}""", "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1")]
    [TestCase("""{"requests.cpu":"1","limits.memory":"2Gi","pods":"9"}""", """{"requests.cpu":"800m","limits.memory":"1536Mi","pods":"3"}""",
        "exceeded quota: q, requested: limits.memory=1Gi,requests.cpu=500m, used: limits.memory=1536Mi,requests.cpu=800m, limited: limits.memory=2Gi,requests.cpu=1")]
    [TestCase("""{"cpu":"1"}""", """{"cpu":"501m"}""", "exceeded quota: q, requested: cpu=500m, used: cpu=501m, limited: cpu=1")]
    [TestCase("""{"pods":"1","requests.cpu":"9"}""", """{"pods":"0"}""", "status unknown for quota: q, resources: pods,requests.cpu")]
    [TestCase("""{"count/pods":"1"}""", """{"count/pods":"1"}""", "exceeded quota: q, requested: count/pods=1, used: count/pods=1, limited: count/pods=1")]
    [TestCase("""{"pods":"1","services":"0"}""", """{"pods":"0","services":"0"}""", null)]
    [TestCase("""{"requests.cpu":"500m"}""", """{"requests.cpu":"0"}""", null)]
    [TestCase(null, null, null)]
    public async Task A_pod(string? hard, string? used, string? why)
    {
        await using var server = await TestServer.Start();
        await Quota(server, """{"hard":{"pods":"0"}}""", hard, used);
        await Check(server, "pods", Pod("p", Requests), why);
    }

    [TestCase("""{"requests.cpu":"9"}""", "requests.cpu for: b,c")]
    [TestCase("""{"memory":"9Gi","limits.cpu":"9"}""", "limits.cpu for: a,b,c; memory for: b,c")]
    public async Task What_a_quota_counts_must_be_said(string hard, string missing)
    {
        await using var server = await TestServer.Start();
        await Quota(server, $$"""{"hard":{{hard}}}""", hard, hard);
        await Check(server, "pods",
            """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"},{"name":"b","image":"i"},{"name":"a","image":"i","resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]}}""",
            $"failed quota: q: must specify {missing}");
    }

    [TestCase("""{"scopes":["Terminating"]""", """,{"activeDeadlineSeconds":9}""", "{}", true)]
    [TestCase("""{"scopes":["Terminating"]""", "", "{}", false)]
    [TestCase("""{"scopes":["NotTerminating"]""", "", "{}", true)]
    [TestCase("""{"scopes":["BestEffort"]""", "", "{}", true)]
    [TestCase("""{"scopes":["BestEffort"]""", "", Requests, false)]
    [TestCase("""{"scopes":["NotBestEffort"]""", "", Requests, true)]
    [TestCase("""{"scopes":["CrossNamespacePodAffinity"]""", "", "{}", false)]
    [TestCase("""{"scopes":["CrossNamespacePodAffinity"]""",
        """,{"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"k","namespaces":["x"]}]}}}""", "{}", true)]
    [TestCase("""{"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"In","values":["system-node-critical"]}]}""", "", "{}", false)]
    [TestCase("""{"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"NotIn","values":["system-node-critical"]}]}""", "", "{}", true)]
    [TestCase("""{"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"DoesNotExist"}]}""", "", "{}", true)]
    [TestCase("""{"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"Exists"},{"scopeName":"BestEffort","operator":"Exists"}]}""", "", "{}", false)]
    public async Task A_quota_holds_back_only_what_its_scopes_speak_of(string scopes, string more, string resources, bool held)
    {
        await using var server = await TestServer.Start();
        await Quota(server, $$$"""{{{scopes}}},"hard":{"pods":"0"} }""", """{"pods":"0"}""", """{"pods":"0"}""");
        var pod = JsonReader.ParseMap(Pod("p", resources));
        if (more.Length > 0)
            foreach (var (name, value) in JsonReader.ParseMap(more[1..])) pod.Map("spec")!.Set(name, value);
        await Check(server, "pods", pod.ToString(), held ? "exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0" : null);
    }

    [TestCase("services.nodeports", "services", """{"metadata":{"name":"p"},"spec":{"type":"NodePort","ports":[{"name":"a","port":1},{"name":"b","port":2}]}}""", "2")]
    [TestCase("services.loadbalancers", "services", """{"metadata":{"name":"p"},"spec":{"type":"LoadBalancer","ports":[{"port":1}]}}""", "1")]
    [TestCase("requests.storage", "persistentvolumeclaims", Claim, "2Gi")]
    [TestCase("gold.storageclass.storage.k8s.io/requests.storage", "persistentvolumeclaims", Claim, "2Gi")]
    [TestCase("gold.storageclass.storage.k8s.io/persistentvolumeclaims", "persistentvolumeclaims", Claim, "1")]
    [TestCase("configmaps", "configmaps", """{"metadata":{"name":"p"}}""", "1")]
    [TestCase("count/configmaps", "configmaps", """{"metadata":{"name":"p"}}""", "1")]
    public async Task Other_things_are_counted_too(string name, string resource, string body, string requested)
    {
        await using var server = await TestServer.Start();
        await Quota(server, $$$"""{"hard":{"{{{name}}}":"0"} }""", $$"""{"{{name}}":"0"}""", $$"""{"{{name}}":"0"}""");
        await Check(server, resource, body, $"exceeded quota: q, requested: {name}={requested}, used: {name}=0, limited: {name}=0");
    }

    [Test]
    public async Task A_pod_that_grows_is_charged_for_more()
    {
        await using var server = await TestServer.Start();
        await Check(server, "pods", Pod("p", """{"requests":{"cpu":"500m"},"limits":{"cpu":"2"}}"""), null);
        await Quota(server, """{"hard":{"requests.cpu":"1"}}""", """{"requests.cpu":"1"}""", """{"requests.cpu":"500m"}""");
        var (code, answer) = await server.Send("PATCH", "/api/v1/namespaces/ref/pods/p/resize",
            """{"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"1200m"}}}]}}""", "application/strategic-merge-patch+json");
        Assert.That((code, answer.Text("message")), Is.EqualTo((403,
            "pods \"p\" is forbidden: exceeded quota: q, requested: requests.cpu=700m, used: requests.cpu=500m, limited: requests.cpu=1")));
    }

    private const string Claim =
        """{"metadata":{"name":"p"},"spec":{"storageClassName":"gold","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"2Gi"}}}}""";

    private static string Pod(string name, string resources) =>
        $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"containers":[{"name":"c","image":"i","resources":{{{resources}}} }]} }""";

    private static async Task Quota(TestServer server, string spec, string? hard, string? used)
    {
        var (code, quota) = await server.Send("POST", "/api/v1/namespaces/ref/resourcequotas", $$$"""{"metadata":{"name":"q"},"spec":{{{spec}}} }""");
        Assert.That(code, Is.EqualTo(201), quota.ToString());
        if (hard is null) return;
        (code, quota) = await server.Send("PATCH", "/api/v1/namespaces/ref/resourcequotas/q/status",
            $$$"""{"status":{"hard":{{{hard}}},"used":{{{used}}} } }""", "application/merge-patch+json");
        Assert.That(code, Is.EqualTo(200), quota.ToString());
    }

    private static async Task Check(TestServer server, string resource, string body, string? why)
    {
        var (code, answer) = await server.Send("POST", $"/api/v1/namespaces/ref/{resource}", body);
        if (why is null) Assert.That(code, Is.EqualTo(201), answer.ToString());
        else Assert.That((code, answer.Text("message")), Is.EqualTo((403, $"{resource} \"p\" is forbidden: {why}")));
    }
}

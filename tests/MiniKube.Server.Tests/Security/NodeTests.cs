namespace MiniKube.Server.Tests.Security;

/// <summary>A node reads itself, its pods and what they use; of everything else it is told why not.</summary>
[TestFixture]
public sealed class NodeTests
{
    private const string None = "no relationship found between node 'n1' and this object";
    private static readonly UserInfo Node = new("system:node:n1", ["system:nodes", UserInfo.Authenticated]);

    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        foreach (var account in new[] { "app", "other" }) await Make("serviceaccounts", $$"""{"metadata":{"name":"{{account}}"} }""");
        foreach (var (pod, node, own) in new[] { ("mine", "n1", "app"), ("theirs", "n2", "other") })
        {
            await Make("pods", """
                {"metadata":{"name":"POD"},"spec":{"nodeName":"NODE","serviceAccountName":"OWN","containers":[{"name":"c","image":"i","envFrom":[{"secretRef":{"name":"OWN"}}]}],
                 "volumes":[{"name":"c","configMap":{"name":"OWN"}},{"name":"d","persistentVolumeClaim":{"claimName":"OWN"}}]}}
                """.Replace("POD", pod, StringComparison.Ordinal).Replace("NODE", node, StringComparison.Ordinal).Replace("OWN", own, StringComparison.Ordinal));
            var (code, made) = await server.Send("POST", "/api/v1/persistentvolumes", $$$"""
                {"metadata":{"name":"{{{own}}}"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],
                 "csi":{"driver":"d","volumeHandle":"h","nodePublishSecretRef":{"name":"mount-{{{own}}}","namespace":"ref2"},"controllerPublishSecretRef":{"name":"attach-{{{own}}}","namespace":"ref2"} },"claimRef":{"namespace":"ref","name":"{{{own}}}"} } }
                """);
            Assert.That(code, Is.EqualTo(201), made.ToString());
        }
    }

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    private async Task Make(string plural, string body)
    {
        var (code, made) = await server.Send("POST", $"/api/v1/namespaces/ref/{plural}", body);
        Assert.That(code, Is.EqualTo(201), made.ToString());
    }

    [TestCase("GET", "/api/v1/nodes/n1", null)]
    [TestCase("GET", "/api/v1/nodes?fieldSelector=metadata.name%3Dn1", null)]
    [TestCase("GET", "/api/v1/nodes", "node 'n1' cannot read all nodes, only its own Node object")]
    [TestCase("GET", "/api/v1/nodes/n2", "node 'n1' cannot read 'n2', only its own Node object")]
    [TestCase("DELETE", "/api/v1/nodes/n1", "")]
    [TestCase("PATCH", "/api/v1/nodes/n1/status", null)]
    [TestCase("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1", null)]
    [TestCase("GET", "/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn1", null)]
    [TestCase("GET", "/api/v1/pods", "can only list/watch pods with spec.nodeName field selector")]
    [TestCase("GET", "/api/v1/pods?fieldSelector=spec.nodeName%21%3Dn1", "can only list/watch pods with spec.nodeName field selector")]
    [TestCase("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn2", "can only list/watch pods with spec.nodeName field selector")]
    [TestCase("GET", "/api/v1/namespaces/ref/pods/mine", null)]
    [TestCase("GET", "/api/v1/namespaces/ref/pods/theirs", None)]
    [TestCase("GET", "/api/v1/namespaces/ref/pods?fieldSelector=metadata.name%3Dmine", null)]
    [TestCase("GET", "/api/v1/namespaces/ref/pods?fieldSelector=metadata.name%3Dtheirs", None)]
    [TestCase("GET", "/api/v1/namespaces/ref/pods/mine/log", "cannot get subresource")]
    [TestCase("POST", "/api/v1/namespaces/ref/pods/mine/eviction", null)]
    [TestCase("POST", "/api/v1/namespaces/ref/pods/mine/binding", "")]
    [TestCase("GET", "/api/v1/namespaces/ref/secrets/app", null)]
    [TestCase("GET", "/api/v1/namespaces/ref/secrets?watch=1&fieldSelector=metadata.name%3Dapp", null)]
    [TestCase("GET", "/api/v1/namespaces/ref/secrets/other", None)]
    [TestCase("GET", "/api/v1/namespaces/ref2/secrets/app", None)]
    [TestCase("GET", "/api/v1/namespaces/ref/secrets", "No Object name found")]
    [TestCase("GET", "/api/v1/secrets", "can only read namespaced object of this type")]
    [TestCase("PUT", "/api/v1/namespaces/ref/secrets/app", "can only read resources of this type")]
    [TestCase("GET", "/api/v1/namespaces/ref/configmaps/app", null)]
    [TestCase("GET", "/api/v1/namespaces/ref/configmaps/other", None)]
    [TestCase("GET", "/api/v1/namespaces/ref/persistentvolumeclaims/app", null)]
    [TestCase("GET", "/api/v1/namespaces/ref/persistentvolumeclaims/other", None)]
    [TestCase("GET", "/api/v1/namespaces/ref/persistentvolumeclaims", "can only get individual resources of this type")]
    [TestCase("PATCH", "/api/v1/namespaces/ref/persistentvolumeclaims/app/status", null)]
    [TestCase("PATCH", "/api/v1/namespaces/ref/persistentvolumeclaims/other/status", None)]
    [TestCase("GET", "/api/v1/persistentvolumes/app", null)]
    [TestCase("GET", "/api/v1/persistentvolumes/other", None)]
    [TestCase("GET", "/api/v1/persistentvolumes/nowhere", None)]
    [TestCase("POST", "/api/v1/namespaces/ref/serviceaccounts/app/token", null)]
    [TestCase("POST", "/api/v1/namespaces/ref/serviceaccounts/other/token", None)]
    [TestCase("DELETE", "/api/v1/namespaces/ref/serviceaccounts/app", "can only create tokens for individual service accounts")]
    [TestCase("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", "can only get, create, update, patch, or delete a node lease")]
    [TestCase("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1", null)]
    [TestCase("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2", "can only access node lease with the same name as the requesting node")]
    [TestCase("GET", "/apis/coordination.k8s.io/v1/namespaces/ref/leases/n1", "can only access leases in the \"kube-node-lease\" system namespace")]
    [TestCase("GET", "/apis/storage.k8s.io/v1/csinodes/n1", null)]
    [TestCase("GET", "/apis/storage.k8s.io/v1/csinodes/n2", "can only access CSINode with the same name as the requesting node")]
    [TestCase("GET", "/apis/storage.k8s.io/v1/volumeattachments/x", None)]
    [TestCase("GET", "/api/v1/namespaces/ref2/secrets/mount-app", null, TestName = "The secret a volume is mounted with leads to the node of its pod")]
    [TestCase("GET", "/api/v1/namespaces/ref2/secrets/mount-other", None)]
    [TestCase("GET", "/api/v1/namespaces/ref2/secrets/attach-app", None, TestName = "The secret a volume is attached with does not")]
    [TestCase("POST", "/apis/resource.k8s.io/v1/resourceslices", null)]
    [TestCase("GET", "/apis/resource.k8s.io/v1/resourceslices/x", None)]
    [TestCase("GET", "/apis/resource.k8s.io/v1/resourceslices", "can only list/watch/deletecollection resourceslices with nodeName field selector")]
    [TestCase("DELETE", "/apis/resource.k8s.io/v1/resourceslices?fieldSelector=spec.nodeName%3Dn1", null)]
    public void A_node_may_what_its_pods_need_and_hears_why_nothing_else(string method, string path, string? fault)
    {
        var at = path.IndexOf('?');
        var request = RequestInfo.Of(method, at < 0 ? path : path[..at], Query.Parse(at < 0 ? "" : path[at..]));
        var decision = server.Assembly.Authorizer.Decide(Node, request);
        Assert.That(decision.Allowed ? null : decision.Why, Is.EqualTo(fault));
    }

    [TestCase("""{"rawSelector":"spec.nodeName=n1"}""", ExpectedResult = true)]
    [TestCase("""{"requirements":[{"key":"spec.nodeName","operator":"In","values":["n1"]}]}""", ExpectedResult = true)]
    [TestCase("""{"requirements":[{"key":"spec.nodeName","operator":"NotIn","values":["n1"]}]}""", ExpectedResult = false)]
    [TestCase("""{"requirements":[{"key":"spec.nodeName","operator":"In","values":["n1","n2"]}]}""", ExpectedResult = false)]
    public async Task<bool> A_review_of_a_narrowed_list_answers_as_the_list_would(string selector)
    {
        var (code, body) = await server.Send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", $$$"""
            {"spec":{"user":"system:node:n1","groups":["system:nodes"],"resourceAttributes":{"verb":"list","resource":"pods","version":"v1","fieldSelector":{{{selector}}} } } }
            """);
        Assert.That(code, Is.EqualTo(201), body.ToString());
        return body.Map("status")!.ToString().Contains("\"allowed\":true", StringComparison.Ordinal);
    }

    [Test]
    public async Task What_a_node_may_read_comes_and_goes_with_its_pods()
    {
        var request = RequestInfo.Of("GET", "/api/v1/namespaces/ref2/configmaps/shared", Query.Empty);
        bool May() => server.Assembly.Authorizer.Allows(Node, request);
        Assert.That(May(), Is.False);
        foreach (var name in new[] { "one", "two" })
        {
            var (code, made) = await server.Send("POST", "/api/v1/namespaces/ref2/pods",
                """{"metadata":{"name":"NAME"},"spec":{"containers":[{"name":"c","image":"i","envFrom":[{"configMapRef":{"name":"shared"}}]}]}}""".Replace("NAME", name, StringComparison.Ordinal));
            Assert.That(code, Is.EqualTo(201), made.ToString());
            Assert.That(May(), Is.EqualTo(name == "two"), "only a pod of the node's counts");
            await server.Send("POST", $"/api/v1/namespaces/ref2/pods/{name}/binding", """{"target":{"kind":"Node","name":"n1"}}""");
            Assert.That(May(), Is.True);
        }
        await server.Send("PATCH", "/api/v1/namespaces/ref2/pods/one/status", """{"status":{"phase":"Running"}}""", "application/merge-patch+json");
        await server.Send("DELETE", "/api/v1/namespaces/ref2/pods/one?gracePeriodSeconds=0");
        Assert.That(May(), Is.True, "the other pod is still there");
        await server.Send("DELETE", "/api/v1/namespaces/ref2/pods/two?gracePeriodSeconds=0");
        Assert.That(May(), Is.False);
    }

    [Test]
    public async Task The_words_stand_at_the_end_of_the_refusal()
    {
        var (code, body) = await server.Send("GET", "/api/v1/nodes", user: Node);
        Assert.That((code, body.Text("message")), Is.EqualTo((403,
            "nodes is forbidden: User \"system:node:n1\" cannot list resource \"nodes\" in API group \"\" at the cluster scope: node 'n1' cannot read all nodes, only its own Node object")));
    }
}

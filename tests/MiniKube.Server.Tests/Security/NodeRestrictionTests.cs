namespace MiniKube.Server.Tests.Security;

/// <summary>What a node may write, clause by clause; the refusals are upstream's.</summary>
[TestFixture]
public sealed class NodeRestrictionTests
{
    private static readonly UserInfo Node = new("system:node:n1", ["system:nodes", UserInfo.Authenticated]);

    private TestServer server = null!;
    private readonly Dictionary<string, string> uids = [];

    [SetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        foreach (var node in new[] { "n1", "n2" }) await Made("/api/v1/nodes", $$"""{"metadata":{"name":"{{node}}"} }""", node);
        foreach (var (pod, node) in new[] { ("mine", "n1"), ("theirs", "n2") })
        {
            await Made("/api/v1/namespaces/ref/pods", $$$$"""
                {"metadata":{"name":"{{{{pod}}}}"},"spec":{"nodeName":"{{{{node}}}}","containers":[{"name":"c","image":"i"}],
                 "volumes":[{"name":"t","projected":{"sources":[{"serviceAccountToken":{"path":"p","audience":"vault"}}]}},{"name":"d","persistentVolumeClaim":{"claimName":"claim"}}]}}
                """, pod);
        }
        await Made("/api/v1/namespaces/ref/persistentvolumeclaims", """{"metadata":{"name":"claim"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""", "claim");
        await Made("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", """{"metadata":{"name":"n2"}}""", "lease");
    }

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private async Task Made(string path, string body, string called)
    {
        var (code, made) = await server.Send("POST", path, body);
        Assert.That(code, Is.EqualTo(201), made.ToString());
        uids[called] = made.Map("metadata")!.Text("uid")!;
    }

    private const string Mirror = """
        {"metadata":{"name":"m","annotations":{"kubernetes.io/config.mirror":"x"},"ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n1","uid":"UID-n1","controller":true}]},
         "spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}
        """;

    // What is changed of the mirror pod above, by two texts.
    [TestCase("", "", null)]
    [TestCase("config.mirror", "config.other", "pod does not have \"kubernetes.io/config.mirror\" annotation, node \"n1\" can only create mirror pods")]
    [TestCase("\"nodeName\":\"n1\"", "\"nodeName\":\"n2\"", "node \"n1\" can only create pods with spec.nodeName set to itself")]
    [TestCase("\"controller\":true", "\"controller\":false", "node \"n1\" can only create pods with a controller owner reference set to itself")]
    [TestCase("\"controller\":true", "\"controller\":true,\"blockOwnerDeletion\":true", "node \"n1\" must not set blockOwnerDeletion on an owner reference")]
    [TestCase("\"name\":\"n1\",\"uid\"", "\"name\":\"n2\",\"uid\"", "node \"n1\" can only create pods with an owner reference set to itself")]
    [TestCase("\"uid\":\"UID-n1\"", "\"uid\":\"zzz\"", "node n1 UID mismatch: expected zzz got UID-n1")]
    [TestCase("\"ownerReferences\"", "\"labels\":{},\"finalizers\":[],\"ownerReferences\":[],\"x\"", "node \"n1\" can only create pods with an owner reference set to itself")]
    [TestCase("\"containers\"", "\"serviceAccountName\":\"default\",\"containers\"", "node \"n1\" can not create pods that reference a service account")]
    [TestCase("\"containers\"", "\"imagePullSecrets\":[{\"name\":\"s\"}],\"containers\"", "node \"n1\" can not create pods that reference secrets")]
    [TestCase("\"image\":\"i\"", "\"image\":\"i\",\"env\":[{\"name\":\"E\",\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"c\",\"key\":\"k\"}}}]", "node \"n1\" can not create pods that reference configmaps")]
    [TestCase("\"containers\"", "\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"c\"}}],\"containers\"", "node \"n1\" can not create pods that reference persistentvolumeclaims")]
    public async Task A_node_makes_mirrors_of_its_own_pods_and_no_others(string from, string to, string? fault)
    {
        var body = from.Length > 0 ? Mirror.Replace(from, to, StringComparison.Ordinal) : Mirror;
        await Judged("POST", "/api/v1/namespaces/ref/pods", body, fault);
    }

    [TestCase("DELETE", "pods/mine", "", null)]
    [TestCase("DELETE", "pods/theirs", "", "node \"n1\" can only delete pods with spec.nodeName set to itself")]
    [TestCase("PATCH", "pods/mine/status", """{"status":{"phase":"Running"}}""", null)]
    [TestCase("PATCH", "pods/theirs/status", """{"status":{"phase":"Running"}}""", "node \"n1\" can only update pod status for pods with spec.nodeName set to itself")]
    [TestCase("PATCH", "pods/mine/status", """{"metadata":{"labels":{"app":"bank"}}}""", "node \"n1\" cannot update labels through pod status")]
    [TestCase("PATCH", "pods/mine/status", """{"status":{"resourceClaimStatuses":[{"name":"c","resourceClaimName":"theirs"}]}}""", "node \"n1\" cannot update resource claim statues")]
    [TestCase("POST", "pods/mine/eviction", """{"metadata":{"name":"mine"}}""", null)]
    [TestCase("POST", "pods/theirs/eviction", """{"metadata":{"name":"theirs"}}""", "node n1 can only evict pods with spec.nodeName set to itself")]
    [TestCase("PATCH", "persistentvolumeclaims/claim/status", """{"status":{"capacity":{"storage":"2Gi"}}}""", null)]
    [TestCase("PATCH", "persistentvolumeclaims/claim/status", """{"status":{"phase":"Bound"}}""", "node \"n1\" is not allowed to update fields other than status.capacity and status.conditions")]
    [TestCase("PATCH", "persistentvolumeclaims/claim/status", """{"metadata":{"labels":{"a":"b"}}}""", "node \"n1\" is not allowed to update fields other than status.capacity and status.conditions")]
    public Task In_a_namespace(string method, string path, string body, string? fault) => Judged(method, "/api/v1/namespaces/ref/" + path, body, fault);

    [TestCase("PATCH", "/api/v1/nodes/n2/status", """{"status":{"phase":"Running"}}""", "node \"n1\" is not allowed to modify node \"n2\"")]
    [TestCase("PATCH", "/api/v1/nodes/n1", """{"spec":{"taints":[]}}""", "node \"n1\" is not allowed to modify taints")]
    [TestCase("PATCH", "/api/v1/nodes/n1", """{"metadata":{"labels":{"node-role.kubernetes.io/control-plane":""}}}""", "is not allowed to modify labels: node-role.kubernetes.io/control-plane")]
    [TestCase("PATCH", "/api/v1/nodes/n1", """{"metadata":{"labels":{"x.node-restriction.kubernetes.io/a":"b","node-restriction.kubernetes.io/z":"b"}}}""", "is not allowed to modify labels: node-restriction.kubernetes.io/z, x.node-restriction.kubernetes.io/a")]
    [TestCase("PATCH", "/api/v1/nodes/n1/status", """{"metadata":{"labels":{"x.k8s.io/a":"b"}}}""", "is not allowed to modify labels: x.k8s.io/a")]
    [TestCase("PATCH", "/api/v1/nodes/n1", """{"metadata":{"labels":{"topology.kubernetes.io/zone":"z","kubernetes.io/arch":"arm64","sub.node.kubernetes.io/a":"b","example.com/a":"b","plain":"c"}}}""", null)]
    [TestCase("PATCH", "/api/v1/nodes/n1/status", """{"status":{"capacity":{"cpu":"1"}}}""", null)]
    [TestCase("POST", "/api/v1/nodes", """{"metadata":{"name":"n3"}}""", "node \"n1\" is not allowed to modify node \"n3\"")]
    [TestCase("POST", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", """{"metadata":{"name":"n1"}}""", null)]
    [TestCase("POST", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", """{"metadata":{"name":"n3"}}""", "can only access node lease with the same name as the requesting node")]
    [TestCase("POST", "/apis/storage.k8s.io/v1/csinodes", """{"metadata":{"name":"n1"},"spec":{"drivers":[]}}""", null)]
    [TestCase("POST", "/apis/storage.k8s.io/v1/csinodes", """{"metadata":{"name":"n2"},"spec":{"drivers":[]}}""", "can only access CSINode with the same name as the requesting node")]
    public Task In_the_cluster(string method, string path, string body, string? fault) => Judged(method, path, body, fault);

    [Test]
    public async Task A_new_node_gives_itself_no_label_that_steers_others_to_it()
    {
        await server.Send("DELETE", "/api/v1/nodes/n1");
        await Judged("POST", "/api/v1/nodes", """{"metadata":{"name":"n1","labels":{"node-role.kubernetes.io/master":"","kubernetes.io/hostname":"n1"}}}""",
            "node \"n1\" is not allowed to set the following labels: node-role.kubernetes.io/master");
        await Judged("POST", "/api/v1/nodes", """{"metadata":{"name":"n1","labels":{"kubernetes.io/hostname":"n1"}}}""", null);
    }

    [TestCase("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"mine","uid":"UID-mine"}}""", null)]
    [TestCase("""{"audiences":["vault"],"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"mine","uid":"UID-mine"}}""", null)]
    [TestCase("""{"audiences":["bank"],"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"mine","uid":"UID-mine"}}""", "audience \"bank\" not found in pod spec volume")]
    [TestCase("{}", "node requested token not bound to a pod")]
    [TestCase("""{"boundObjectRef":{"apiVersion":"v1","kind":"Node","name":"n1","uid":"UID-n1"}}""", "node requested token not bound to a pod")]
    [TestCase("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"mine"}}""", "node requested token with a pod binding without a uid")]
    [TestCase("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"mine","uid":"zzz"}}""", "the UID in the bound object reference (zzz) does not match the UID in record. The object might have been deleted and then recreated")]
    [TestCase("""{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"theirs","uid":"UID-theirs"}}""", "node requested token bound to a pod scheduled on a different node")]
    public Task A_node_gets_tokens_for_its_pods_only(string spec, string? fault) =>
        Judged("POST", "/api/v1/namespaces/ref/serviceaccounts/default/token", $$"""{"spec":{{spec}} }""", fault);

    /// <summary>The node may ask that; what it is told, or null when it is done.</summary>
    private async Task Judged(string method, string path, string body, string? fault)
    {
        foreach (var (name, uid) in uids) (body, fault) = (body.Replace("UID-" + name, uid, StringComparison.Ordinal), fault?.Replace("UID-" + name, uid, StringComparison.Ordinal));
        var (code, answer) = await server.Send(method, path, body, method == "PATCH" ? "application/merge-patch+json" : "application/json", Node);
        if (fault is null) Assert.That(code, Is.LessThan(300), answer.ToString());
        else Assert.That($"{code} {answer.Text("message")}", Does.StartWith("403 ").And.EndsWith(" forbidden: " + fault));
    }
}

using Microsoft.AspNetCore.Http;

namespace MiniKube.Server.Tests.Security;

/// <summary>Nobody becomes more than he is: impersonation, roles, bindings, other people's namespaces.</summary>
[TestFixture]
public sealed class EscalationTests
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
    private static readonly UserInfo Nina = new("nina", [UserInfo.Authenticated]);

    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private async Task Grant(string ns, string rules, string user = "nina")
    {
        var (kind, path) = ns.Length == 0 ? ("ClusterRole", Rbac) : ("Role", $"{Rbac}/namespaces/{ns}");
        var made = await server.Send("POST", $"{path}/{kind.ToLowerInvariant()}s", $$"""{"metadata":{"name":"given-{{user}}"},"rules":[{{rules}}]}""");
        var bound = await server.Send("POST", $"{path}/{kind.ToLowerInvariant()}bindings", $$$"""
            {"metadata":{"name":"given-{{{user}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{{kind}}}","name":"given-{{{user}}}"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{user}}}"}]}
            """);
        Assert.That((made.Code, bound.Code), Is.EqualTo((201, 201)), $"{made.Body} {bound.Body}");
    }

    private const string Everything = """{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}""";

    [Test]
    public async Task The_owner_of_a_namespace_gets_nothing_of_another()
    {
        await Grant("ref", Everything);
        var open = new List<string>();
        foreach (var kind in server.Assembly.Context.Kinds.All)
        {
            if (kind.Plural.StartsWith("selfsubject", StringComparison.Ordinal)) continue;
            var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
            var collection = kind.Namespaced ? $"{root}/namespaces/ref2/{kind.Plural}" : $"{root}/{kind.Plural}";
            foreach (var (method, verb, path) in new[]
            {
                ("GET", "list", collection), ("GET", "get", collection + "/x"), ("POST", "create", collection), ("PUT", "update", collection + "/x"),
                ("PATCH", "patch", collection + "/x"), ("DELETE", "delete", collection + "/x"), ("DELETE", "deletecollection", collection),
            })
            {
                var (code, body) = await server.Send(method, path, "{}", user: Nina);
                var named = path.EndsWith("/x", StringComparison.Ordinal) ? " \"x\"" : "";
                var where = kind.Namespaced ? "in the namespace \"ref2\"" : kind.Collection == "namespaces" && named.Length > 0 ? "in the namespace \"x\"" : "at the cluster scope";
                var expected = $"{kind.GroupResource}{named} is forbidden: User \"nina\" cannot {verb} resource \"{kind.Plural}\" in API group \"{kind.Group}\" {where}";
                if (code != 403 || body.Text("message") != expected) open.Add($"{method} {path}: {code} {body.Text("message")}");
            }
        }
        Assert.That(open, Is.Empty);
    }

    [TestCase("GET", "/api/v1/namespaces/ref/namespaces")]
    [TestCase("POST", "/api/v1/namespaces/ref/namespaces")]
    [TestCase("DELETE", "/api/v1/namespaces/ref/namespaces")]
    [TestCase("GET", "/api/v1/namespaces/ref/nodes")]
    [TestCase("GET", "/api/v1/namespaces/ref/persistentvolumes/x")]
    [TestCase("GET", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/clusterroles")]
    [TestCase("POST", "/apis/authorization.k8s.io/v1/namespaces/ref/subjectaccessreviews")]
    public async Task What_is_of_the_cluster_is_not_found_in_a_namespace(string method, string path)
    {
        await Grant("ref", Everything);
        var (code, _) = await server.Send(method, path, """{"metadata":{"name":"sneaky"}}""", user: Nina);
        var (made, _) = await server.Send("GET", "/api/v1/namespaces/sneaky");
        Assert.That((code, made), Is.EqualTo((404, 404)));
    }

    [Test]
    public async Task A_role_with_more_than_its_maker_has_is_refused_in_upstreams_words()
    {
        await Grant("ref", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create"]},{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}""");
        var more = await server.Send("POST", $"{Rbac}/namespaces/ref/roles", """{"metadata":{"name":"more"},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]}""", user: Nina);
        var same = await server.Send("POST", $"{Rbac}/namespaces/ref/roles", """{"metadata":{"name":"same"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}""", user: Nina);
        Assert.Multiple(() =>
        {
            Assert.That(same.Code, Is.EqualTo(201));
            Assert.That(more.Code, Is.EqualTo(403));
            Assert.That(more.Body.Text("message"), Is.EqualTo("roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"nina\" (groups=[\"system:authenticated\"]) "
                + "is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}"));
        });
    }

    [Test]
    public async Task What_is_missing_is_told_once_per_thing_and_in_order()
    {
        await Grant("", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["create"]},{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}""");
        var (_, body) = await server.Send("POST", $"{Rbac}/clusterroles", """
            {"metadata":{"name":"more"},"rules":[{"apiGroups":["apps",""],"resources":["secrets","pods"],"verbs":["get","list"]},{"nonResourceURLs":["/b","/a"],"verbs":["get","post"]},
             {"apiGroups":[""],"resources":["secrets"],"resourceNames":["x"],"verbs":["watch","delete"]}]}
            """, user: Nina);
        Assert.That(body.Text("message")!.Split('\n')[1..], Is.EqualTo(new[]
        {
            """{APIGroups:[""], Resources:["pods"], Verbs:["list"]}""",
            """{APIGroups:[""], Resources:["secrets"], ResourceNames:["x"], Verbs:["watch" "delete"]}""",
            """{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}""",
            """{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "list"]}""",
            """{APIGroups:["apps"], Resources:["secrets"], Verbs:["get" "list"]}""",
            """{NonResourceURLs:["/a"], Verbs:["get"]}""",
            """{NonResourceURLs:["/a"], Verbs:["post"]}""",
            """{NonResourceURLs:["/b"], Verbs:["get"]}""",
            """{NonResourceURLs:["/b"], Verbs:["post"]}""",
        }));
    }

    [TestCase("", ExpectedResult = 403)]
    [TestCase(""",{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["bind"],"resourceNames":["view"]}""", ExpectedResult = 403)]
    [TestCase(""",{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["bind"],"resourceNames":["cluster-admin"]}""", ExpectedResult = 201)]
    public async Task<int> Binding_a_role_takes_holding_it_or_the_verb_bind(string more)
    {
        await Grant("ref", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["rolebindings"],"verbs":["create"]}""" + more);
        var (code, _) = await server.Send("POST", $"{Rbac}/namespaces/ref/rolebindings", """
            {"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"nina"}]}
            """, user: Nina);
        return code;
    }

    [Test]
    public async Task Escalate_lets_one_write_any_role()
    {
        await Grant("ref", """{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create","escalate"]}""");
        var (code, _) = await server.Send("POST", $"{Rbac}/namespaces/ref/roles", $$"""{"metadata":{"name":"any"},"rules":[{{Everything}}]}""", user: Nina);
        Assert.That(code, Is.EqualTo(201));
    }

    [TestCase("Impersonate-User=bob", ExpectedResult = "bob system:authenticated")]
    [TestCase("Impersonate-User=root", ExpectedResult = "users \"root\" is forbidden: User \"nina\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope")]
    [TestCase("Impersonate-User=bob;Impersonate-Group=devs", ExpectedResult = "bob devs,system:authenticated")]
    [TestCase("Impersonate-User=bob;Impersonate-Group=system:masters",
        ExpectedResult = "groups \"system:masters\" is forbidden: User \"nina\" cannot impersonate resource \"groups\" in API group \"\" at the cluster scope")]
    [TestCase("Impersonate-User=bob;Impersonate-Uid=1",
        ExpectedResult = "uids.authentication.k8s.io \"1\" is forbidden: User \"nina\" cannot impersonate resource \"uids\" in API group \"authentication.k8s.io\" at the cluster scope")]
    [TestCase("Impersonate-User=bob;Impersonate-Extra-Scopes=view", ExpectedResult = "bob system:authenticated")]
    [TestCase("Impersonate-User=bob;Impersonate-Extra-scopes=all",
        ExpectedResult = "userextras.authentication.k8s.io \"all\" is forbidden: User \"nina\" cannot impersonate resource \"userextras/scopes\" in API group \"authentication.k8s.io\" at the cluster scope")]
    [TestCase("Impersonate-User=system:serviceaccount:ref:default",
        ExpectedResult = "system:serviceaccount:ref:default system:serviceaccounts,system:serviceaccounts:ref,system:authenticated")]
    [TestCase("Impersonate-User=system:serviceaccount:kube-system:default",
        ExpectedResult = "serviceaccounts \"default\" is forbidden: User \"nina\" cannot impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"kube-system\"")]
    [TestCase("Impersonate-Group=devs", ExpectedResult = "Internal error occurred: requested [{Group  devs    }] without impersonating a user")]
    public async Task<string> Every_part_of_another_identity_must_be_allowed(string headers)
    {
        await Grant("", """
            {"apiGroups":[""],"resources":["users"],"verbs":["impersonate"],"resourceNames":["bob"]},{"apiGroups":[""],"resources":["groups"],"verbs":["impersonate"],"resourceNames":["devs"]},
            {"apiGroups":["authentication.k8s.io"],"resources":["userextras/scopes"],"verbs":["impersonate"],"resourceNames":["view"]}
            """);
        await Grant("ref", """{"apiGroups":[""],"resources":["serviceaccounts"],"verbs":["impersonate"]}""");
        var given = new HeaderDictionary();
        foreach (var header in headers.Split(';').Select(h => h.Split('=', 2))) given[header[0]] = header[1];
        var result = new Impersonation(server.Assembly.Authorizer).Apply(Nina, given);
        return result.Error?.Message ?? $"{result.Value.Name} {string.Join(",", result.Value.Groups)}";
    }
}

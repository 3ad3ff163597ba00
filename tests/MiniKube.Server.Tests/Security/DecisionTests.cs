namespace MiniKube.Server.Tests.Security;

/// <summary>What a decision looks at does not grow with what other people were given.</summary>
[TestFixture]
public sealed class DecisionTests
{
    [Test]
    public async Task A_decision_looks_at_the_askers_own_bindings_however_many_there_are()
    {
        await using var server = await TestServer.Start();
        var user = new UserInfo("uma", [UserInfo.Authenticated]);
        await Bind(server, "mine", "uma");
        var before = server.Assembly.Authorizer.Rbac.Granted(user, "ref").ToList();
        for (var i = 0; i < 1000; i++) await Bind(server, $"b{i}", $"user{i}");
        var after = server.Assembly.Authorizer.Rbac.Granted(user, "ref").ToList();
        var defaults = server.Assembly.Authorizer.Rbac.Granted(new UserInfo("nobody", [UserInfo.Authenticated]), "ref").Count();
        Assert.That((before.Count, after.Count), Is.EqualTo((defaults + 1, defaults + 1)));
        Assert.That(after.Select(g => g.Binding), Does.Contain("mine"));
        Assert.That(server.Assembly.Authorizer.Rbac.Granted(new UserInfo("user999", []), "ref").Single().Binding, Is.EqualTo("b999"));
    }

    /// <summary>Counted in bytes and not in time: a machine may be busy, but what is computed anew has to be made.</summary>
    [Test]
    public async Task The_first_decision_after_a_change_costs_what_changed()
    {
        await using var server = await TestServer.Start();
        await Bind(server, "mine", "uma");
        for (var i = 0; i < 1000; i++) await Bind(server, $"b{i}", $"user{i}");
        var authorizer = server.Assembly.Authorizer;
        var request = RequestInfo.Of("GET", "/api/v1/namespaces/ref/services", Query.Empty);
        Assert.That(authorizer.Allows(new UserInfo("uma", []), request), Is.True);
        foreach (var change in new[] { ("DELETE", "/rolebindings/b500"), ("POST", "/rolebindings"), ("PATCH", "/rolebindings/b7"), ("POST", "/roles") })
        {
            var (code, body) = await server.Send(change.Item1, "/apis/rbac.authorization.k8s.io/v1/namespaces/ref" + change.Item2, change switch
            {
                ("POST", "/roles") => """{"metadata":{"name":"r"},"rules":[]}""",
                ("POST", _) => Binding("fresh", "user500"),
                ("PATCH", _) => """{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"eve"}]}""",
                _ => "",
            }, change.Item1 == "PATCH" ? "application/merge-patch+json" : "application/json");
            Assert.That(code, Is.LessThan(300), body.ToString());
            var before = GC.GetAllocatedBytesForCurrentThread();
            var allowed = authorizer.Allows(new UserInfo("uma", []), request);
            var cost = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allowed, Is.True);
            Assert.That(cost, Is.LessThan(64 << 10), change.ToString());
        }
        Assert.That(authorizer.Rbac.Granted(new UserInfo("user500", []), "ref").Single().Binding, Is.EqualTo("fresh"));
        Assert.That(authorizer.Rbac.Granted(new UserInfo("user7", []), "ref"), Is.Empty);
        Assert.That(authorizer.Rbac.Granted(new UserInfo("eve", []), "ref").Single().Binding, Is.EqualTo("b7"));
    }

    [Test]
    public async Task A_role_comes_changes_and_goes_under_its_bindings()
    {
        await using var server = await TestServer.Start();
        var user = new UserInfo("uma", [UserInfo.Authenticated]);
        const string rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/ref";
        await server.Send("POST", rbac + "/rolebindings", Binding("late", "uma").Replace("ClusterRole", "Role", StringComparison.Ordinal).Replace("system:node", "late", StringComparison.Ordinal));
        var (_, refusal) = await server.Send("GET", "/api/v1/namespaces/ref/pods", user: user);
        Assert.That(refusal.Text("message"), Does.EndWith("in the namespace \"ref\": RBAC: role.rbac.authorization.k8s.io \"late\" not found"));
        foreach (var (method, path, body, code) in new[]
        {
            ("POST", rbac + "/roles", """{"metadata":{"name":"late"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]}""", 200),
            ("PUT", rbac + "/roles/late", """{"metadata":{"name":"late"},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["list"]}]}""", 403),
            ("PUT", rbac + "/roles/late", """{"metadata":{"name":"late"},"rules":[{"apiGroups":[""],"resources":["*"],"verbs":["list"]}]}""", 200),
            ("DELETE", rbac + "/roles/late", "", 403),
        })
        {
            var (made, answer) = await server.Send(method, path, body);
            Assert.That(made, Is.LessThan(300), answer.ToString());
            Assert.That((await server.Send("GET", "/api/v1/namespaces/ref/pods", user: user)).Code, Is.EqualTo(code), $"{method} {body}");
        }
        var (_, review) = await server.Send("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", """{"spec":{"namespace":"ref"}}""", user: user);
        Assert.That(review.Map("status")!.Text("evaluationError"), Is.EqualTo("role.rbac.authorization.k8s.io \"late\" not found"));
    }

    private static string Binding(string name, string user) => $$$"""
        {"metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"system:node"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{user}}}"} ] }
        """;

    private static async Task Bind(TestServer server, string name, string user)
    {
        var (code, body) = await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/rolebindings", Binding(name, user));
        Assert.That(code, Is.EqualTo(201), body.ToString());
    }
}

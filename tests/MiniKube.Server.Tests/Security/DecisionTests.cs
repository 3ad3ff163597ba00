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

    private static async Task Bind(TestServer server, string name, string user)
    {
        var (code, body) = await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/rolebindings", $$$"""
            {"metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"system:node"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{user}}}"} ] }
            """);
        Assert.That(code, Is.EqualTo(201), body.ToString());
    }
}

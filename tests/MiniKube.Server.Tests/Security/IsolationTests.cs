namespace MiniKube.Server.Tests.Security;

/// <summary>Who is master of one namespace is nobody in the others.</summary>
[TestFixture]
public sealed class IsolationTests
{
    [Test]
    public async Task A_namespace_scoped_user_gets_nothing_of_any_other_namespace()
    {
        await using var server = await TestServer.Start();
        await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/roles", """{"metadata":{"name":"all"},"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}""");
        await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/rolebindings",
            """{"metadata":{"name":"all"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"all"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"uma"}]}""");
        var uma = new UserInfo("uma", [UserInfo.Authenticated]);
        var asked = 0;
        foreach (var (group, version) in server.Assembly.Context.Kinds.Groups)
        {
            var root = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
            foreach (var resource in (await server.Send("GET", root)).Body.List("resources")!.Maps())
            {
                var (plural, sub) = resource.Text("name")!.Split('/') is [var p, var s] ? (p, "/" + s) : (resource.Text("name")!, "");
                // About oneself everybody may ask; reviews of one's own are no objects.
                if (plural.StartsWith("selfsubject", StringComparison.Ordinal)) continue;
                string[] paths = resource.Bool("namespaced") != true ? [$"{root}/{plural}/x{sub}"]
                    : sub.Length > 0 ? [$"{root}/namespaces/ref2/{plural}/x{sub}"]
                    : [$"{root}/namespaces/ref2/{plural}", $"{root}/namespaces/ref2/{plural}/x", $"{root}/{plural}", $"{root}/watch/namespaces/ref2/{plural}", $"{root}/namespaces/ref/../ref2/{plural}"];
                foreach (var path in paths)
                    foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE" })
                    {
                        var (code, body) = await server.Send(method, path, "{}", user: uma);
                        asked++;
                        Assert.That(code, Is.EqualTo(403).Or.EqualTo(404).Or.EqualTo(405), $"{method} {path}: {body}");
                    }
            }
        }
        Assert.That(asked, Is.GreaterThan(1000));
        Assert.That((await server.Send("GET", "/api/v1/namespaces/ref/secrets", user: uma)).Code, Is.EqualTo(200));
    }
}

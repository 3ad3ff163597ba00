namespace MiniKube.Server.Tests.Security;

/// <summary>Who is master of one namespace is nobody in the others.</summary>
[TestFixture]
public sealed class IsolationTests
{
    private static readonly UserInfo Uma = new("uma", [UserInfo.Authenticated]);
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/roles", """{"metadata":{"name":"all"},"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}""");
        await server.Send("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/ref/rolebindings",
            """{"metadata":{"name":"all"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"all"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"uma"}]}""");
    }

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    [Test]
    public async Task In_other_namespaces_every_verb_on_every_resource_is_forbidden()
    {
        var (asked, verbs) = (0, new HashSet<string>());
        await foreach (var (root, group, plural, sub, namespaced) in Resources())
        {
            if (!namespaced) continue;
            var place = $"{root}/namespaces/ref2/{plural}";
            (string Path, string Where)[] paths = sub.Length > 0 ? [($"{place}/x{sub}", "in the namespace \"ref2\"")]
                : [(place, "in the namespace \"ref2\""), ($"{place}/x", "in the namespace \"ref2\""), ($"{place}?watch=1", "in the namespace \"ref2\""),
                   ($"{root}/watch/namespaces/ref2/{plural}", "in the namespace \"ref2\""), ($"{root}/{plural}", "at the cluster scope"), ($"{root}/{plural}?fieldSelector=metadata.namespace%3Dref2", "at the cluster scope")];
            foreach (var (path, where) in paths)
                foreach (var method in Methods)
                {
                    var verb = VerbOf(method, path, $"/{plural}");
                    var (code, body) = await server.Send(method, path, "{}", user: Uma);
                    Assert.That((code, body.Text("reason")), Is.EqualTo((403, "Forbidden")), $"{method} {path}: {body}");
                    Assert.That(body.Text("message"), Does.EndWith($"User \"uma\" cannot {verb} resource \"{plural}{sub}\" in API group \"{group}\" {where}"), $"{method} {path}");
                    verbs.Add(verb);
                    asked++;
                }
        }
        Assert.That(asked, Is.GreaterThan(1000));
        Assert.That(verbs, Is.EquivalentTo(new[] { "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection" }));
    }

    [Test]
    public async Task Of_the_cluster_every_resource_is_forbidden()
    {
        await foreach (var (root, _, plural, sub, namespaced) in Resources())
        {
            // About oneself everybody may ask; reviews of one's own are no objects.
            if (namespaced || plural.StartsWith("selfsubject", StringComparison.Ordinal)) continue;
            foreach (var path in sub.Length > 0 ? [$"{root}/{plural}/x{sub}"] : new[] { $"{root}/{plural}", $"{root}/{plural}/x", $"{root}/watch/{plural}" })
                foreach (var method in Methods)
                    Assert.That((await server.Send(method, path, "{}", user: Uma)).Code, Is.EqualTo(403), $"{method} {path}");
        }
    }

    [TestCase("/api/v1/namespaces/ref/../ref2/secrets")]
    [TestCase("/api/v1/namespaces//ref2/secrets")]
    [TestCase("/api/v1//namespaces/ref2/secrets")]
    [TestCase("/api/v1/namespaces/ref%2f..%2fref2/secrets")]
    [TestCase("/api/v1/namespaces/REF2/secrets")]
    [TestCase("/api/v1/namespaces/ref2/secrets/")]
    public async Task No_spelling_of_a_path_leads_there(string path) => Assert.That((await server.Send("GET", path, user: Uma)).Code, Is.AnyOf(403, 404));

    [Test]
    public async Task Ones_own_namespace_is_ones_own() => Assert.That((await server.Send("GET", "/api/v1/namespaces/ref/secrets", user: Uma)).Code, Is.EqualTo(200));

    private static string VerbOf(string method, string path, string collection)
    {
        var many = path.Split('?')[0].EndsWith(collection, StringComparison.Ordinal);
        return method switch
        {
            "GET" when path.Contains("watch", StringComparison.Ordinal) => "watch",
            "GET" => many ? "list" : "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            _ => many ? "deletecollection" : "delete",
        };
    }

    /// <summary>Everything that discovery shows.</summary>
    private async IAsyncEnumerable<(string Root, string Group, string Plural, string Sub, bool Namespaced)> Resources()
    {
        foreach (var (group, version) in server.Assembly.Context.Kinds.Groups)
        {
            var root = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
            foreach (var resource in (await server.Send("GET", root)).Body.List("resources")!.Maps())
            {
                var at = resource.Text("name")!.IndexOf('/');
                var (plural, sub) = at < 0 ? (resource.Text("name")!, "") : (resource.Text("name")![..at], resource.Text("name")![at..]);
                yield return (root, group, plural, sub, resource.Bool("namespaced") == true);
            }
        }
    }
}

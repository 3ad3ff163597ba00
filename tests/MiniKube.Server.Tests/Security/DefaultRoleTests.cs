namespace MiniKube.Server.Tests.Security;

/// <summary>
/// Every default role against every request there is: what Cases/default-roles.txt lists for it is allowed, everything
/// else denied. The table is measured on upstream, not taken from the roles the server makes;
/// only metrics.k8s.io, which comes with metrics-server there, was added.
/// </summary>
[TestFixture]
public sealed class DefaultRoleTests
{
    private static readonly IReadOnlyList<RoleTable> Tables = RoleTable.Read(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", "default-roles.txt"));
    private static readonly string[] Open = ["/healthz", "/livez", "/readyz"];

    private TestServer server = null!;
    private List<(string Verb, string Group, string Resource, string Name)> requests = [];
    private List<(string Verb, string Path)> paths = [];

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        await Aggregation.Run(server);
        var served = server.Assembly.Context.Kinds.Groups.SelectMany(g => server.Assembly.Context.Kinds.In(g.Group, g.Version)).SelectMany(k => k.Subresources.Select(s => $"{k.Plural}/{s.Name}").Prepend(k.Plural).Select(r => (k.Group, Resource: r)));
        var listed = Tables.SelectMany(t => t.Rows).Where(r => r.Path.Length == 0).ToList();
        var verbs = listed.SelectMany(r => r.Verbs).Append("impersonate").Append("bind").Append("escalate").Append("use").Where(v => v != "*").Distinct().ToList();
        requests = [.. served.Concat(listed.Select(r => (r.Group, r.Resource))).Distinct().SelectMany(r => verbs.Select(v => (v, r.Group, r.Resource, "x")))];
        requests.AddRange(listed.Where(r => r.Name.Length > 0).SelectMany(r => verbs.Select(v => (v, r.Group, r.Resource, r.Name))).Distinct());
        paths = [.. Tables.SelectMany(t => t.Rows).Where(r => r.Path.Length > 0).SelectMany(r => new[] { r.Path, r.Path.TrimEnd('*') + "deeper" }).Concat(["/", "/logs", "/debug/pprof", "/metrics/cadvisor"])
            .Distinct().SelectMany(p => new[] { ("get", p), ("post", p) })];
    }

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    [Test]
    public async Task There_are_the_roles_of_the_table_and_no_others()
    {
        async Task<IEnumerable<string>> Named(string plural) => (await server.Send("GET", $"/apis/rbac.authorization.k8s.io/v1/{plural}")).Body.List("items")!.Maps().Select(r => r.Map("metadata")!)
            .Where(m => m.Map("labels")?.Text("kubernetes.io/bootstrapping") == "rbac-defaults")
            .Select(m => m.Text("namespace") is { } ns ? $"Role {ns}/{m.Text("name")}" : $"ClusterRole {m.Text("name")}");
        Assert.That((await Named("roles")).Concat(await Named("clusterroles")), Is.EquivalentTo(Tables.Select(t => $"{t.Kind} {t.FullName}")));
    }

    public static IEnumerable<string> Everywhere() => Tables.Where(t => t.Kind == "ClusterRole").Select(t => t.Name);

    [TestCaseSource(nameof(Everywhere))]
    public async Task Bound_for_the_cluster_it_gives_its_rows_everywhere(string name)
    {
        var table = Tables.Single(t => t.FullName == name);
        var user = await Bind("ClusterRole", name, "");
        Assert.That(Wrong(user, table, "", allowed: true).Concat(Wrong(user, table, "ref", allowed: true)).Concat(WrongPaths(user, table, allowed: true)), Is.Empty);
    }

    [TestCaseSource(nameof(Everywhere))]
    public async Task Bound_in_a_namespace_it_gives_its_rows_there_and_nothing_elsewhere(string name)
    {
        var table = Tables.Single(t => t.FullName == name);
        var user = await Bind("ClusterRole", name, "ref");
        Assert.That(Wrong(user, table, "ref", allowed: true).Concat(Wrong(user, table, "ref2", allowed: false)).Concat(Wrong(user, table, "", allowed: false)).Concat(WrongPaths(user, table, allowed: false)), Is.Empty);
    }

    public static IEnumerable<string> Somewhere() => Tables.Where(t => t.Kind == "Role").Select(t => t.FullName);

    [TestCaseSource(nameof(Somewhere))]
    public async Task A_role_of_a_namespace_gives_its_rows_there_and_nothing_elsewhere(string name)
    {
        var table = Tables.Single(t => t.FullName == name);
        var user = await Bind("Role", table.Name, table.Namespace);
        Assert.That(Wrong(user, table, table.Namespace, allowed: true).Concat(Wrong(user, table, "ref", allowed: false)).Concat(Wrong(user, table, "", allowed: false)), Is.Empty);
    }

    private IEnumerable<string> Wrong(UserInfo user, RoleTable table, string ns, bool allowed)
    {
        foreach (var (verb, group, resource, name) in requests)
        {
            var parts = resource.Split('/', 2);
            var request = new RequestInfo { Verb = verb, Path = "", IsResource = true, Group = group, Version = "v1", Resource = parts[0], Subresource = parts.Length > 1 ? parts[1] : "", Namespace = ns, Name = name };
            var expected = allowed && table.Gives(verb, group, resource, name);
            if (server.Assembly.Authorizer.Allows(user, request) != expected) yield return $"{verb} {group}:{resource} {name} in '{ns}' should be {(expected ? "allowed" : "denied")}";
        }
    }

    private IEnumerable<string> WrongPaths(UserInfo user, RoleTable table, bool allowed)
    {
        foreach (var (verb, path) in paths)
        {
            var expected = Open.Contains(path) || allowed && table.Gives(verb, path);
            if (server.Assembly.Authorizer.Allows(user, new RequestInfo { Verb = verb, Path = path }) != expected) yield return $"{verb} {path} should be {(expected ? "allowed" : "denied")}";
        }
    }

    /// <summary>A user who has this role and is in no group that has any.</summary>
    private async Task<UserInfo> Bind(string kind, string role, string ns)
    {
        var user = $"holder-{kind}-{role}-{ns}".Replace(':', '.').ToLowerInvariant();
        var (path, binding) = ns.Length == 0 ? ("clusterrolebindings", "ClusterRoleBinding") : ($"namespaces/{ns}/rolebindings", "RoleBinding");
        var (code, body) = await server.Send("POST", $"/apis/rbac.authorization.k8s.io/v1/{path}", $$$"""
            {"kind":"{{{binding}}}","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"{{{user}}}"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{{kind}}}","name":"{{{role}}}"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{user}}}"}]}
            """);
        Assert.That(code, Is.EqualTo(201), body.ToString());
        return new UserInfo(user, []);
    }
}

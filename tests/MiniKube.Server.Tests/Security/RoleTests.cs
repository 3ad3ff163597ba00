using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>What each default role lets its holder do, case by case: Cases/Roles.</summary>
[TestFixture]
public sealed class RoleTests
{
    private TestServer server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await TestServer.Start();
        await Aggregation.Run(server);
    }

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    public static IEnumerable<TestCaseData> Requests()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cases", "Roles"), "*.txt").Order())
        {
            var lines = File.ReadAllLines(file);
            foreach (var line in lines.Where(l => l.StartsWith("allow ", StringComparison.Ordinal) || l.StartsWith("deny ", StringComparison.Ordinal)))
                yield return new TestCaseData(lines, line).SetArgDisplayNames(Path.GetFileNameWithoutExtension(file), line);
        }
    }

    [TestCaseSource(nameof(Requests))]
    public async Task A_role_allows_what_it_should_and_nothing_else(string[] file, string line)
    {
        UserInfo? user = null;
        foreach (var words in file.Select(l => l.Split(' ')))
        {
            if (words[0] == "who") user = new UserInfo(words[1], words[2..]);
            if (words[0] == "bind") await Bind(user!.Name, words[1], words[2], words[3]);
        }
        Assert.That(server.Assembly.Authorizer.Allows(user!, Request(line.Split(' ')[1..])), Is.EqualTo(line.StartsWith("allow", StringComparison.Ordinal)));
    }

    private static RequestInfo Request(string[] words)
    {
        if (words[1].StartsWith('/')) return new RequestInfo { Verb = words[0], Path = words[1] };
        var (group, resource) = words[1].Split(':') is [var g, var r] ? (g, r) : ("", words[1]);
        var slash = resource.IndexOf('/');
        return new RequestInfo
        {
            Verb = words[0], Path = "", IsResource = true, Group = group, Version = "v1", Namespace = words[2] == "-" ? "" : words[2], Name = words.Length > 3 ? words[3] : "",
            Resource = slash < 0 ? resource : resource[..slash], Subresource = slash < 0 ? "" : resource[(slash + 1)..],
        };
    }

    private Task<(int Code, JsonMap Body)> Bind(string user, string kind, string role, string ns)
    {
        var (path, bindingKind) = ns == "-" ? ("clusterrolebindings", "ClusterRoleBinding") : ($"namespaces/{ns}/rolebindings", "RoleBinding");
        return server.Send("POST", $"/apis/rbac.authorization.k8s.io/v1/{path}", $$$"""
            {"kind":"{{{bindingKind}}}","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"{{{user}}}-{{{role}}}"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{{kind}}}","name":"{{{role}}}"},
             "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{user}}}"}]}
            """);
    }
}

namespace MiniKube.Server.Tests.Security;

/// <summary>Every subject of a default binding against every right that any default role gives: what its own roles say, and nothing else.</summary>
[TestFixture]
public sealed class DefaultSubjectTests
{
    private sealed record Rule(string[] Groups, string[] Resources, string[] Names, string[] Verbs, string[] Paths)
    {
        public bool Gives(string verb, string group, string resource, string name) => Paths.Length == 0 && Any(Verbs, verb) && Any(Groups, group)
            && (Any(Resources, resource) || resource.Contains('/') && Resources.Contains("*/" + resource.Split('/')[1])) && (Names.Length == 0 || Names.Contains(name));

        private static bool Any(string[] values, string value) => values.Contains("*") || values.Contains(value);
    }

    private static readonly Dictionary<string, List<Rule>> Roles = [];
    private static readonly List<(string Subject, string Namespace, string Role)> Bindings = [];

    private TestServer server = null!;

    static DefaultSubjectTests()
    {
        foreach (var file in new[] { "default-roles.txt", "own-roles.txt" })
        {
            using var reader = new StreamReader(typeof(ServerAssembly).Assembly.GetManifestResourceStream(file)!);
            string[] head = [];
            foreach (var line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (line[0] != ' ')
                {
                    head = words;
                    Roles.TryAdd(head[1], []);
                }
                else if (words[0] == "->")
                {
                    var home = head[0] == "RoleBinding" ? head[1].Split('/')[0] : "";
                    foreach (var subject in string.Join(' ', words[2..]).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split(' ', 2)))
                        Bindings.Add((subject[0] == "ServiceAccount" ? "User system:serviceaccount:" + (subject[1].Contains('/') ? subject[1].Replace('/', ':') : "kube-system:" + subject[1]) : string.Join(' ', subject), home, home.Length > 0 ? $"{home}/{words[1]}" : words[1]));
                }
                else
                {
                    string[] Of(string member) => words.FirstOrDefault(w => w.StartsWith(member + "=", StringComparison.Ordinal)) is { } found ? found[(member.Length + 1)..].Split(',') : [];
                    Roles[head[1]].Add(new(Of("apiGroups"), Of("resources"), Of("resourceNames"), Of("verbs"), Of("nonResourceURLs")));
                }
            }
        }
    }

    [OneTimeSetUp]
    public async Task Start() => server = await TestServer.Start();

    [OneTimeTearDown]
    public async Task Stop() => await server.DisposeAsync();

    /// <summary>All users that a default binding names; groups come in as those that everybody of them is in.</summary>
    public static IEnumerable<string> Users() => Bindings.Select(b => b.Subject).Where(s => s.StartsWith("User ", StringComparison.Ordinal)).Select(s => s[5..]).Distinct().Order();

    [TestCaseSource(nameof(Users))]
    public void A_subject_may_what_its_roles_say_and_nothing_else(string name)
    {
        var user = name.Split(':') is ["system", "serviceaccount", var home, var account] ? UserInfo.ForServiceAccount(home, account) : new UserInfo(name, [UserInfo.Authenticated]);
        var subjects = user.Groups.Select(g => "Group " + g).Append("User " + name).ToHashSet();
        var own = Bindings.Where(b => subjects.Contains(b.Subject)).ToList();
        var atoms = Roles.Values.SelectMany(r => r).Where(r => r.Paths.Length == 0)
            .SelectMany(r => from v in r.Verbs from g in r.Groups from s in r.Resources from n in r.Names.DefaultIfEmpty("x") select (Verb: v, Group: g, Resource: s, Name: n)).Distinct()
            .Concat([("get", "", "secrets", "x"), ("impersonate", "", "users", "root"), ("bind", "rbac.authorization.k8s.io", "clusterroles", "cluster-admin"), ("get", "", "nodes/proxy", "n"), ("create", "", "pods/exec", "p")]).ToList();
        var (allowed, wrong) = (0, new List<string>());
        foreach (var ns in new[] { "", "ref", "kube-system", "kube-public" })
            foreach (var (verb, group, resource, of) in atoms)
            {
                var expected = own.Where(b => b.Namespace.Length == 0 || b.Namespace == ns).SelectMany(b => Roles[b.Role]).Any(r => r.Gives(verb, group, resource, of));
                var parts = resource.Split('/', 2);
                var request = new RequestInfo { Verb = verb, Path = "", IsResource = true, Group = group, Version = "v1", Resource = parts[0], Subresource = parts.Length > 1 ? parts[1] : "", Namespace = ns, Name = of };
                if (expected) allowed++;
                if (server.Assembly.Authorizer.Allows(user, request) != expected) wrong.Add($"{verb} {group} {resource} {of} in '{ns}': should be {(expected ? "allowed" : "denied")}");
            }
        Assert.That(wrong, Is.Empty);
        Assert.That(allowed, Is.InRange(1, 4 * atoms.Count - 1));
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kubectl.Tests;

[TestFixture]
public sealed class ConfigTests
{
    private const string First = """
        current-context: one
        clusters: [{name: c, cluster: {server: "https://a:1", certificate-authority: ca.pem}}]
        contexts: [{name: one, context: {cluster: c, user: u, namespace: ns}}]
        """;

    private const string Second = """
        current-context: two
        clusters: [{name: c, cluster: {server: "https://b:2"}}, {name: d, cluster: {server: "https://d:3", insecure-skip-tls-verify: true}}]
        contexts: [{name: two, context: {cluster: d, user: u}}]
        users: [{name: u, user: {token: t}}]
        """;

    private static Kubeconfig Both() => Kubeconfig.Merge([((JsonMap)YamlReader.Read(First), "/etc/x"), ((JsonMap)YamlReader.Read(Second), "/home")]);

    private static Access Of(string line, Kubeconfig? config = null) => Access.Of(config ?? Both(), FlagParser.Parse(GlobalFlags.All, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "kubectl"),
        new Surroundings { Out = TextWriter.Null, Error = TextWriter.Null, RawOut = Stream.Null, RawError = Stream.Null, In = Stream.Null, Environment = _ => null, Home = "/", Time = TimeProvider.System });

    [Test]
    public void Of_what_has_the_same_name_the_first_counts_and_files_lie_beside_their_config()
    {
        var merged = Both();
        Assert.That((merged.CurrentContext, merged.Clusters["c"].Text("server"), merged.Clusters["c"].Text("certificate-authority"), merged.Users.Count),
            Is.EqualTo(("one", "https://a:1", "/etc/x/ca.pem", 1)));
    }

    [TestCase("--context two", "https://d:3/", "default")]
    [TestCase("--context two -n other", "https://d:3/", "other")]
    [TestCase("--context two --server http://e:4", "http://e:4/", "default")]
    [TestCase("--context two --server e:4/base", "http://e:4/base/", "default")]
    public void Flags_go_before_files(string line, string server, string ns)
    {
        var access = Of(line);
        Assert.That((access.Server.ToString(), access.Namespace, access.Token), Is.EqualTo((server, ns, "t")));
    }

    [Test]
    public void Without_any_config_it_is_this_machine() => Assert.That(Of("", Kubeconfig.Merge([])).Server, Is.EqualTo(new Uri("http://localhost:8080")));

    [Test]
    public void Who_is_acted_for_goes_along() =>
        Assert.That(Of("--context two --as jane --as-group a --as-group b").Headers.Select(h => $"{h.Key}={h.Value}"), Is.EqualTo((string[])["Impersonate-User=jane", "Impersonate-Group=a", "Impersonate-Group=b"]));

    [TestCase("--context none", "context \"none\" does not exist")]
    [TestCase("--context two --cluster x", "cluster \"x\" does not exist")]
    [TestCase("--context two --user x", "auth info \"x\" does not exist")]
    [TestCase("--context two --as-group a", "requesting groups or uid without impersonating a user: --as is needed")]
    public void What_is_not_there_is_named(string line, string message) => Assert.That(() => Of(line), Throws.TypeOf<Failure>().With.Message.EqualTo(message));
}

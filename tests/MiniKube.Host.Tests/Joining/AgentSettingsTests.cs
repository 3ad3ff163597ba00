namespace MiniKube.Host.Tests.Joining;

/// <summary>What `minik agent` can be told.</summary>
public class AgentSettingsTests
{
    private static (AgentSettings? Settings, IReadOnlyList<string> Faults) Read(params (string Name, string Value)[] given) =>
        SettingsReader.Agent(name => [.. given.Where(g => g.Name == name).Select(g => g.Value)], privileged: true, "/home/me");

    [TestCase("https://10.0.0.1:6443", "https://10.0.0.1:6443/")]
    [TestCase("https://10.0.0.1", "https://10.0.0.1:6443/")]
    [TestCase("https://host.example:443", "https://host.example/")]
    [TestCase("10.0.0.1:7443", "https://10.0.0.1:7443/")]
    public void A_server_goes_by_its_address(string given, string meant) => Assert.That(Read(("join", given)).Settings!.Join!.ToString(), Is.EqualTo(meant));

    [TestCase("join", "http://10.0.0.1", "--join http://10.0.0.1: must be")]
    [TestCase("join", "https://10.0.0.1/path", "--join")]
    [TestCase("token", "short", "--token: must be a token")]
    [TestCase("node-name", "Not A Name", "lower case")]
    [TestCase("runtime", "rkt", "docker")]
    [TestCase("runtime", "none", "auto, docker, containerd, simulated")]
    [TestCase("image-gc-low-threshold", "99", "must not be above")]
    public void A_bad_value_is_refused_with_what_is_allowed(string flag, string value, string allowed)
    {
        var (settings, faults) = Read((flag, value));
        Assert.That(settings, Is.Null);
        Assert.That(faults.Single(), Does.Contain(allowed));
        if (flag == "token") Assert.That(faults.Single(), Does.Not.Contain("short"), "a secret isn't repeated");
    }

    [Test]
    public void The_cluster_s_facts_are_the_server_s_to_say()
    {
        var facts = new ClusterFacts { ClusterCidr = "10.8.0.0/16", ServiceCidr = "10.9.0.0/16", ClusterDns = "10.9.0.10", ClusterDomain = "here", Authorities = "", Volumes = "/v", Disable = ["dns"] };
        var told = ClusterFacts.Of(facts.ToTree())!.Over(Read(("node-name", "n1"), ("disable", "proxy"), ("node-label", "a=b")).Settings!);
        Assert.That((told.ClusterCidr, told.ServiceCidr, told.ClusterDns, told.ClusterDomain, told.LocalStoragePath), Is.EqualTo(("10.8.0.0/16", "10.9.0.0/16", "10.9.0.10", "here", "/v")));
        Assert.That((told.NodeName, told.NodeLabels.Single()), Is.EqualTo(("n1", "a=b")));
        Assert.That(told.Disable, Is.EqualTo((string[])["dns", "proxy"]));
    }

    [TestCase("/v/pvc-1_default_c", true)]
    [TestCase("/v/../etc/x", false)]
    [TestCase("/v", false)]
    [TestCase("/v/a/b", false)]
    [TestCase("/etc", false)]
    [TestCase("", false)]
    public async Task Nothing_is_cleared_away_but_directories_of_volumes(string directory, bool may)
    {
        using var link = new JoinedNodeLink(Read(("node-name", "n1")).Settings! with { LocalStoragePath = "/v" }, new Uri("https://10.0.0.1:6443"), new NodeKeys("/nonexistent", "n1"), TimeProvider.System, new ConsoleLog(TextWriter.Null, TimeProvider.System, LogLevel.Error, json: false));
        Assert.That(await link.Clear(directory, default), may ? Is.Null : Does.Contain("isn't a directory of this cluster's volumes"));
    }
}

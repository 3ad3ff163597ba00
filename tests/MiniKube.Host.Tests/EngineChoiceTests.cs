using MiniKube.Kubelet;
using MiniKube.Kubelet.Images;

namespace MiniKube.Host.Tests;

[TestFixture]
public sealed class EngineChoiceTests
{
    private string directory = "";

    [SetUp]
    public void Make() => directory = Directory.CreateTempSubdirectory("minik-choice-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(directory, recursive: true);

    [TestCase(null, null)]
    [TestCase("", null)]
    [TestCase("unix:///run/x.sock", "/run/x.sock")]
    [TestCase("/run/x.sock", "/run/x.sock")]
    public void An_endpoint_is_a_socket(string? given, string? socket) => Assert.That(EngineChoice.Socket(given), Is.EqualTo(socket));

    [TestCase("docker", "unix:///nowhere/docker.sock", "docker")]
    [TestCase("containerd", "unix:///nowhere/other.sock", "containerd")]
    [TestCase("auto", "unix:///nowhere/containerd.sock", "containerd")]
    [TestCase("auto", "/nowhere/docker.sock", "docker")]
    public async Task The_one_that_is_named_is_taken_though_it_doesnt_answer_yet(string runtime, string endpoint, string chosen)
    {
        var engine = await EngineChoice.Make(new() { DataDir = directory, Runtime = runtime, ContainerRuntimeEndpoint = endpoint }, TimeProvider.System, _ => { }, CancellationToken.None);
        await using var used = engine.Engine;
        Assert.That((engine.Runtime, engine.Endpoint, engine.Absent), Is.EqualTo((chosen, EngineChoice.Socket(endpoint), (string?)null)));
        Assert.That(async () => await used.Version(), Throws.TypeOf<EngineException>().With.Property("Fault").EqualTo(EngineFault.Unreachable));
    }

    // Before; installed; answering: the one that is picked.
    [TestCase("", "", "", "None")]
    [TestCase("", "containerd", "", "OwnContainerd")]
    [TestCase("", "docker", "", "None")]
    [TestCase("", "docker containerd", "", "OwnContainerd")]
    [TestCase("", "docker containerd", "docker", "Docker")]
    [TestCase("", "docker containerd", "containerd", "Containerd")]
    [TestCase("", "docker containerd", "docker containerd", "Docker")]
    [TestCase("", "", "docker", "Docker")]
    [TestCase("docker", "docker containerd", "containerd", "DockerAsBefore")]
    [TestCase("docker", "containerd", "containerd", "Containerd")]
    [TestCase("containerd", "docker containerd", "containerd", "Containerd")]
    [TestCase("containerd", "docker containerd", "docker", "Docker")]
    [TestCase("own", "docker containerd", "docker containerd", "OwnContainerd")]
    [TestCase("own", "docker", "docker", "None")]
    public async Task Who_isnt_named_is_found(string before, string installed, string answering, string picked)
    {
        var record = before switch { "" => null, "own" => new EngineRecord("containerd", "/own.sock", true), _ => new EngineRecord(before, "/before.sock", false) };
        Task<bool> Answers(string engine) => Task.FromResult(answering.Split(' ').Contains(engine));
        var host = new HostEngines(installed.Split(' ').Contains("docker"), installed.Split(' ').Contains("containerd"), () => Answers("docker"), () => Answers("containerd"));
        Assert.That(await EngineChoice.Pick(record, host), Is.EqualTo(Enum.Parse<EnginePick>(picked)));
    }

    [Test]
    public void What_was_chosen_is_remembered()
    {
        Assert.That(EngineRecord.Read(directory), Is.Null);
        var record = new EngineRecord("containerd", "/x.sock", true);
        record.Write(directory);
        Assert.That(EngineRecord.Read(directory), Is.EqualTo(record));
    }

    [Test]
    public void Containerd_is_told_of_hosts_that_need_more_than_HTTPS_and_forgets_those_that_go()
    {
        RegistryFiles.WriteHosts(Registries.Parse("mirrors: {a: {endpoint: [\"http://plain:5000\"]}}\nconfigs: {tls.example.com: {tls: {ca_file: /ca.pem, cert_file: /c.pem, key_file: /k.pem, insecure_skip_verify: true}}}"), directory);
        Assert.That(File.ReadAllText(Path.Combine(directory, "plain:5000", "hosts.toml")), Does.StartWith("server = \"http://plain:5000\""));
        Assert.That(File.ReadAllText(Path.Combine(directory, "tls.example.com", "hosts.toml")), Does.Contain("ca = \"/ca.pem\"").And.Contain("client = [[\"/c.pem\", \"/k.pem\"]]").And.Contain("skip_verify = true"));
        RegistryFiles.WriteHosts(Registries.None, directory);
        Assert.That(Directory.GetDirectories(directory), Is.Empty);
    }
}

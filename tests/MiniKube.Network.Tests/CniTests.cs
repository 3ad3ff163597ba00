using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Network.Bridge;
using MiniKube.Network.Cni;

namespace MiniKube.Network.Tests;

[TestFixture]
public sealed class CniTests : ICniNetwork
{
    private readonly string directory = Directory.CreateTempSubdirectory("minik-cni-").FullName;
    private readonly CancellationTokenSource life = new();
    private readonly List<(string Sandbox, string Namespace, IReadOnlyList<PortMapping> Ports)> attached = [];
    private readonly List<string> detached = [];
    private Task serving = Task.CompletedTask;
    private bool ready = true;

    private string SocketPath => Path.Combine(directory, "cni.sock");

    public Ipv4Range Range => Ipv4Range.Parse("10.42.3.0/24");
    public IPAddress Gateway => Range.At(1);
    public IPAddress? AddressOf(string sandbox) => attached.Any(a => a.Sandbox == sandbox) ? Range.At(7) : null;

    public Task<IPAddress> Attach(string sandbox, string ns, IReadOnlyList<PortMapping> ports, CancellationToken cancel)
    {
        if (sandbox == "full") throw new IOException("no free address");
        attached.Add((sandbox, ns, ports));
        return Task.FromResult(Range.At(7));
    }

    public Task Detach(string sandbox, CancellationToken cancel)
    {
        detached.Add(sandbox);
        return Task.CompletedTask;
    }

    [OneTimeSetUp]
    public void Start() => serving = new CniServer(SocketPath, () => ready ? this : null, _ => { }).Run(life.Token);

    [OneTimeTearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await serving;
        Directory.Delete(directory, recursive: true);
        life.Dispose();
    }

    [SetUp]
    public void Anew()
    {
        ready = true;
        attached.Clear();
        detached.Clear();
    }

    [TestCase("0.4.0", true)]
    [TestCase("1.0.0", false)]
    public async Task Adding_attaches_the_sandbox_and_says_its_address(string version, bool saysFamily)
    {
        var (code, told) = await Call("ADD", "abc", version, """,{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp","hostIP":""},{"hostPort":0,"containerPort":81},{"HostPort":7650,"ContainerPort":8080,"Protocol":"udp","HostIP":"127.0.0.1"}]}""");
        Assert.That(code, Is.Zero, $"{told}");
        Assert.That((attached.Single().Sandbox, attached.Single().Namespace), Is.EqualTo(("abc", "/run/netns/x")));
        Assert.That(attached.Single().Ports, Is.EqualTo(new[] { new PortMapping(8080, 80, "TCP", null), new PortMapping(7650, 8080, "UDP", "127.0.0.1") }));
        var ip = told!.List("ips")!.Maps().Single();
        Assert.That((told.Text("cniVersion"), ip.Text("address"), ip.Text("gateway")), Is.EqualTo((version, "10.42.3.7/24", "10.42.3.1")));
        Assert.That(ip.Text("version"), saysFamily ? Is.EqualTo("4") : Is.Null);
    }

    [Test]
    public async Task Checking_knows_what_was_added()
    {
        await Call("ADD", "there");
        Assert.That((await Call("CHECK", "there")).Code, Is.Zero);
        Assert.That((await Call("CHECK", "elsewhere")).Told!.Text("msg"), Does.Contain("has no address"));
    }

    [Test]
    public async Task Deleting_detaches_and_may_be_repeated()
    {
        for (var i = 0; i < 2; i++) Assert.That((await Call("DEL", "abc")).Code, Is.Zero);
        Assert.That(detached, Is.EqualTo(new[] { "abc", "abc" }));
    }

    [Test]
    public async Task Without_a_network_adding_is_to_be_tried_again_and_deleting_is_done()
    {
        ready = false;
        Assert.That((await Call("ADD", "abc")).Told!.Whole("code"), Is.EqualTo(11));
        Assert.That((await Call("DEL", "abc")).Code, Is.Zero);
        Assert.That((await Call("ADD", "abc", socket: "/nowhere.sock")).Told!.Whole("code"), Is.EqualTo(11));
        Assert.That((await Call("DEL", "abc", socket: "/nowhere.sock")).Code, Is.Zero);
    }

    [TestCase("ADD", "full", "0.4.0", 100)]
    [TestCase("ADD", "a/b", "0.4.0", 4)]
    [TestCase("ADD", "", "0.4.0", 4)]
    [TestCase("GROW", "abc", "0.4.0", 4)]
    [TestCase("ADD", "abc", "9.0.0", 1)]
    public async Task Failures_have_the_specifications_numbers(string command, string container, string version, int code)
    {
        var (exit, told) = await Call(command, container, version);
        Assert.That((exit, told!.Whole("code")), Is.EqualTo((1, (long)code)));
        Assert.That(told.Text("msg"), Is.Not.Empty);
    }

    [Test]
    public async Task Versions_are_listed()
    {
        var (code, told) = await Call("VERSION", "");
        Assert.That(code, Is.Zero);
        Assert.That(told!.List("supportedVersions")!.Texts(), Does.Contain("0.4.0").And.Contain("1.0.0"));
    }

    [Test]
    public async Task A_call_that_is_only_passed_on_is_answered_whole()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await using var stream = new NetworkStream(socket);
        var config = $$"""{"cniVersion":"0.4.0","name":"minik","type":"minik","socket":"{{SocketPath}}"}""";
        await socket.SendAsync(Encoding.UTF8.GetBytes($"\0PATH=/bin\0CNI_COMMAND=ADD\0CNI_CONTAINERID=whole\0CNI_NETNS=/run/netns/x\0CNI_IFNAME=eth0\0\0{config}"));
        socket.Shutdown(SocketShutdown.Send);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.That(read.ToArray()[0], Is.Zero);
        Assert.That(JsonReader.ParseMap(Encoding.UTF8.GetString(read.ToArray().AsSpan(1))).List("ips")!.Maps().Single().Text("address"), Is.EqualTo("10.42.3.7/24"));
        Assert.That(attached.Single().Sandbox, Is.EqualTo("whole"));
    }

    [Test]
    public void An_engines_call_is_told_from_a_persons()
    {
        Assert.That(CniPlugin.IsCalled([], n => n == "CNI_COMMAND" ? "ADD" : null), Is.True);
        Assert.That(CniPlugin.IsCalled([], _ => null), Is.False);
        Assert.That(CniPlugin.IsCalled(["server"], _ => "ADD"), Is.False);
    }

    [Test]
    public void Installing_twice_changes_nothing_and_uninstalling_leaves_nothing()
    {
        var (bin, conf) = (Path.Combine(directory, "bin"), Path.Combine(directory, "conf"));
        CniConfig.Install(bin, conf, SocketPath, "/usr/bin/true");
        var before = File.GetLastWriteTimeUtc(Path.Combine(conf, CniConfig.FileName));
        CniConfig.Install(bin, conf, SocketPath, "/usr/bin/true");
        Assert.That(File.GetLastWriteTimeUtc(Path.Combine(conf, CniConfig.FileName)), Is.EqualTo(before));
        Assert.That(new FileInfo(Path.Combine(bin, "minik")).LinkTarget, Is.EqualTo("/usr/bin/true"));
        CniConfig.Install(bin, conf, SocketPath, "/usr/bin/false", [1, 2, 3]);
        Assert.That(File.ReadAllBytes(Path.Combine(bin, "minik")), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(File.GetUnixFileMode(Path.Combine(bin, "minik")), Is.EqualTo((UnixFileMode)0b111_101_101));
        CniConfig.Install(bin, conf, SocketPath, "/usr/bin/false");
        Assert.That(new FileInfo(Path.Combine(bin, "minik")).LinkTarget, Is.EqualTo("/usr/bin/false"));
        CniConfig.Uninstall(bin, conf);
        Assert.That(Directory.EnumerateFileSystemEntries(bin).Concat(Directory.EnumerateFileSystemEntries(conf)), Is.Empty);
    }

    private async Task<(int Code, JsonMap? Told)> Call(string command, string container, string version = "0.4.0", string runtime = "", string? socket = null)
    {
        var config = $$"""{"cniVersion":"{{version}}","name":"minik","type":"minik","socket":"{{socket ?? SocketPath}}"{{(runtime.Length > 0 ? ",\"runtimeConfig\":" + runtime[1..] : "")}}}""";
        var environment = new Dictionary<string, string> { ["CNI_COMMAND"] = command, ["CNI_CONTAINERID"] = container, ["CNI_NETNS"] = "/run/netns/x", ["CNI_IFNAME"] = "eth0" };
        using var output = new StringWriter();
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(config));
        var code = await CniPlugin.Run(environment.GetValueOrDefault, input, output);
        return (code, output.ToString() is { Length: > 0 } text ? JsonReader.ParseMap(text) : null);
    }
}

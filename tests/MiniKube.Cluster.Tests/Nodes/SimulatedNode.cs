using MiniKube.ControlLoop;
using MiniKube.Engines.Simulated;
using MiniKube.Host;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet;
using MiniKube.Server;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>A whole node agent in this process, on a simulated engine and with a clock that stands still until it is told to go on.</summary>
internal sealed class SimulatedNode : IAsyncDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("minik-node-");
    private readonly CancellationTokenSource life = new();
    private readonly NodeAgent agent;
    private readonly Task running;

    public SimulatedNode(TestCluster cluster, string name, TimeProvider time, Func<NodeOptions, NodeOptions>? options = null, bool connected = true)
    {
        Name = name;
        Engine = new(new(Path.Combine(directory.FullName, "engine"), time), name);
        if (connected) Connect();
        var asked = new NodeOptions { Name = name, DataDir = directory.FullName, Pretended = true };
        agent = new(options?.Invoke(asked) ?? asked, new InProcessApi(cluster.Server.Api, new UserInfo("kubelet", [UserInfo.Masters]), "kubelet"), Engine, network, new NoServices(), time, Said.Add, Said.Add);
        running = agent.Run(life.Token);
    }

    private readonly SimulatedNetwork network = new();

    public string Name { get; }
    public SimulatedEngine Engine { get; }
    public List<string> Said { get; } = [];

    public void Connect() => network.Open("10.88.0.0/24");

    /// <summary>Why there is no log of a container, or null.</summary>
    public async Task<string?> LogRefusal(string pod, string container, bool previous = false) =>
        (await agent.Api.Logs("default", pod, null, new() { Container = container, Previous = previous }, CancellationToken.None)).Refusal;

    public async Task<ContainerInfo> Container(string podUid, string name) => (await Engine.Observe(podUid)).Containers.Where(c => c.Name == name).MaxBy(c => c.Attempt)!;

    public async Task<string> Exec(Item<Pod> pod, string container, params string[] command) =>
        (await Engine.ExecSync((await Container(pod.Uid, container)).Id, command, TimeSpan.FromMinutes(1))).Output;

    public async Task<string> Page(string path) => System.Text.Encoding.UTF8.GetString((await agent.Pages.Get(path, _ => null, CancellationToken.None)).Content);

    public async ValueTask DisposeAsync()
    {
        await life.CancelAsync();
        await running;
        agent.Dispose();
        life.Dispose();
        directory.Delete(recursive: true);
    }

    private sealed class NoServices : IServiceEnvironment
    {
        public IReadOnlyList<KeyValuePair<string, string>> For(string ns, bool links) => [];
    }
}

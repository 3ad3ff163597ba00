using MiniKube.Engines.Containerd;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

/// <summary>A containerd as minik runs its own, with a network of nothing but loopback.</summary>
internal sealed class ContainerdDaemon : IEngineDaemon
{
    private const string Plugin = """
        #!/bin/sh
        [ "$CNI_COMMAND" = ADD ] && echo '{"cniVersion":"0.4.0","interfaces":[{"name":"eth0","sandbox":"'$CNI_NETNS'"}],"ips":[{"version":"4","address":"10.99.0.2/24","interface":0}]}'
        [ "$CNI_COMMAND" = VERSION ] && echo '{"cniVersion":"0.4.0","supportedVersions":["0.4.0"]}'
        exit 0
        """;

    private readonly string directory = Directory.CreateTempSubdirectory("minik-containerd-").FullName;
    private readonly CancellationTokenSource life = new();
    private readonly OwnContainerd containerd;
    private Task running = Task.CompletedTask;

    public ContainerdDaemon() => containerd = new(directory, TimeProvider.System, _ => { });

    public IContainerEngine Connect(string node, string? socket = null) => new ContainerdEngine(new(socket ?? containerd.Socket, node, Path.Combine(directory, "logs")));

    public async Task Start()
    {
        Directory.CreateDirectory(containerd.CniBin);
        Directory.CreateDirectory(containerd.CniConfig);
        foreach (var name in (string[])["loopback", "test-net"])
        {
            await File.WriteAllTextAsync(Path.Combine(containerd.CniBin, name), Plugin);
            File.SetUnixFileMode(Path.Combine(containerd.CniBin, name), (UnixFileMode)0b111_101_101);
        }
        await File.WriteAllTextAsync(Path.Combine(containerd.CniConfig, "10-test.conflist"), """{"cniVersion":"0.4.0","name":"test","plugins":[{"type":"test-net"}]}""");
        running = containerd.Run(life.Token);
        await using var engine = Connect("node");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await engine.Version(patience.Token);
                return;
            }
            catch (EngineException)
            {
                await Task.Delay(50, patience.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await life.CancelAsync();
        await running;
        await containerd.Remove(CancellationToken.None);
        NodeTraces.Remove(directory, "k8s.io");
        life.Dispose();
    }
}

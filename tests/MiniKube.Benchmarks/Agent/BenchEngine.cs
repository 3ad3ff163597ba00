using MiniKube.Engines.Containerd;
using MiniKube.Engines.Docker;
using MiniKube.Kubelet;
using MiniKube.TestKit;

namespace MiniKube.Benchmarks.Agent;

/// <summary>An engine of the benchmark's own: measured alone first, then with a node on it.</summary>
internal sealed record BenchEngine(IContainerEngine Engine, string Endpoint, Func<Task> End) : IAsyncDisposable
{
    // Just enough of a network for an engine that insists on one: the node brings its own.
    private const string Plugin = """
        #!/bin/sh
        [ "$CNI_COMMAND" = ADD ] && echo '{"cniVersion":"0.4.0","interfaces":[{"name":"eth0","sandbox":"'$CNI_NETNS'"}],"ips":[{"version":"4","address":"10.99.0.2/24","interface":0}]}'
        [ "$CNI_COMMAND" = VERSION ] && echo '{"cniVersion":"0.4.0","supportedVersions":["0.4.0"]}'
        exit 0
        """;

    public static Task<BenchEngine> Start(string kind) => kind switch
    {
        "docker" => Docker(),
        "containerd" => Containerd(),
        _ => throw new ArgumentException($"{kind}: docker or containerd"),
    };

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await End();
    }

    private static async Task<BenchEngine> Docker()
    {
        var docker = await DockerHost.Start();
        return new(new DockerEngine(docker.Socket["unix://".Length..], "bench"), docker.Socket, () => docker.DisposeAsync().AsTask());
    }

    private static async Task<BenchEngine> Containerd()
    {
        var directory = Directory.CreateTempSubdirectory("minik-bench-").FullName;
        var daemon = new OwnContainerd(directory, TimeProvider.System, Console.Error.WriteLine);
        foreach (var part in (string[])[daemon.CniBin, daemon.CniConfig]) Directory.CreateDirectory(part);
        foreach (var name in (string[])["loopback", "bench-net"])
        {
            await File.WriteAllTextAsync(Path.Combine(daemon.CniBin, name), Plugin);
            File.SetUnixFileMode(Path.Combine(daemon.CniBin, name), (UnixFileMode)0b111_101_101);
        }
        await File.WriteAllTextAsync(Path.Combine(daemon.CniConfig, "10-bench.conflist"), """{"cniVersion":"0.4.0","name":"bench","plugins":[{"type":"bench-net"}]}""");
        var life = new CancellationTokenSource();
        var running = daemon.Run(life.Token);
        var engine = new ContainerdEngine(new(daemon.Socket, "bench", Path.Combine(directory, "logs")));
        await Until.True(async () => await engine.Version().ContinueWith(asked => asked.IsCompletedSuccessfully, TaskScheduler.Default));
        var archive = Path.Combine(directory, "busybox.tar");
        BusyboxArchive.Write(archive, DockerHost.Image, DockerHost.Commands);
        await using (var tar = File.OpenRead(archive)) await engine.LoadImages(tar);
        return new(engine, $"unix://{daemon.Socket}", async () =>
        {
            await life.CancelAsync();
            await running;
            await daemon.Remove(CancellationToken.None);
            NodeTraces.Remove(directory);
            life.Dispose();
        });
    }
}

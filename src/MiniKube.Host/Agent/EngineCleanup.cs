using MiniKube.Engines.Containerd;
using MiniKube.Engines.Docker;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;
using MiniKube.Network.Cni;

namespace MiniKube.Host;

/// <summary>Everything a node has left in its engine, gone; and the engine with it, if it was the node's own.</summary>
internal static class EngineCleanup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task Run(string dataDir, string? socket, string node, TextWriter output, CancellationToken cancel)
    {
        var record = EngineRecord.Read(dataDir) ?? new("docker", DockerEngine.DefaultSocket, false);
        if (record.Own)
        {
            await Own(dataDir, node, output, cancel);
            return;
        }
        var containerd = record.Runtime == "containerd" && (socket is null || socket == record.Endpoint);
        await using IContainerEngine engine = containerd ? new ContainerdEngine(new(record.Endpoint, node, EngineChoice.LogDir(dataDir))) : new DockerEngine(socket ?? record.Endpoint, node);
        await Containers(engine, output, cancel);
        if (engine is ContainerdEngine others) await Plugins(others, output, cancel);
    }

    /// <summary>Only the engine itself can end its containers: it is started for it if it has to be.</summary>
    private static async Task Own(string dataDir, string node, TextWriter output, CancellationToken cancel)
    {
        var own = new OwnContainerd(dataDir, TimeProvider.System, static _ => { });
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = own.Run(life.Token);
        await using (var engine = new ContainerdEngine(new(own.Socket, node, EngineChoice.LogDir(dataDir))))
        {
            await Task.WhenAny(EngineChoice.WhenAnswers(engine, TimeProvider.System, life.Token), Task.Delay(Patience, life.Token));
            await Containers(engine, output, cancel);
        }
        await life.CancelAsync();
        await running;
        await own.Remove(cancel);
    }

    private static async Task Containers(IContainerEngine engine, TextWriter output, CancellationToken cancel)
    {
        try
        {
            var state = await engine.Observe(null, cancel);
            foreach (var container in state.Containers) await engine.RemoveContainer(container.Id, cancel);
            foreach (var sandbox in state.Sandboxes) await engine.RemoveSandbox(sandbox.Id, cancel);
            if (await engine.FindImage(PauseImage.Name, cancel) is not null) await engine.RemoveImage(PauseImage.Name, cancel);
            output.WriteLine($"{state.Containers.Count} containers and {state.Sandboxes.Count} sandboxes removed");
        }
        catch (EngineException e)
        {
            output.WriteLine($"containers were left alone: {e.Message}");
        }
    }

    private static async Task Plugins(ContainerdEngine engine, TextWriter output, CancellationToken cancel)
    {
        try
        {
            var (bin, conf) = await engine.NetworkPlaces(cancel);
            CniConfig.Uninstall(bin, conf);
        }
        catch (EngineException e)
        {
            output.WriteLine($"the network plugin was left where it is: {e.Message}");
        }
    }
}

using System.Runtime.InteropServices;
using MiniKube.Engines.Containerd;
using MiniKube.Engines.Native;
using MiniKube.Kubelet;
using MiniKube.Network.Cni;

namespace MiniKube.Host;

/// <summary>What has to run beside an engine: itself, if it is our own, and the answers to its network plugin.</summary>
internal static class EngineParts
{
    public static IEnumerable<Func<CancellationToken, Task>> Of(NodeEngine engine, NodeSettings settings, BridgedPods pods, TimeProvider time, ConsoleLog log)
    {
        if (engine.Absent is { } reason)
        {
            log.Warn(reason);
            yield break;
        }
        if (engine.Runtime == "simulated")
        {
            log.Info("containers are simulated: nothing runs");
            yield break;
        }
        new EngineRecord(engine.Runtime, engine.Endpoint, engine.Own is not null).Write(settings.DataDir);
        log.Info($"containers run on {engine.Runtime} at {engine.Endpoint}{(engine.Own is null ? "" : ", which minik runs itself")}");
        if (engine.Runtime != "containerd") yield break;

        pods.AttachedByEngine = true;
        var socket = Path.Combine(settings.DataDir, "agent", "network", "cni.sock");
        yield return new CniServer(socket, () => pods.Network, log.Warn).Run;
        if (engine.Own is { } own)
        {
            yield return cancel => RegistryFiles.Follow(new(RegistryFiles.Of(settings.DataDir), log.Warn), own.RegistryHosts, time, cancel);
            yield return cancel =>
            {
                CniConfig.Install(own.CniBin, own.CniConfig, socket, Environment.ProcessPath!, CallProgram.For(RuntimeInformation.ProcessArchitecture, socket, Environment.ProcessPath!));
                return own.Run(cancel);
            };
        }
        else
        {
            yield return cancel => Install((ContainerdEngine)engine.Engine, socket, time, log, cancel);
        }
    }

    /// <summary>Into somebody else's containerd, which says where it looks once it answers.</summary>
    private static async Task Install(ContainerdEngine engine, string socket, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var (bin, conf) = await engine.NetworkPlaces(cancel);
                CniConfig.Install(bin, conf, socket, Environment.ProcessPath!, CallProgram.For(RuntimeInformation.ProcessArchitecture, socket, Environment.ProcessPath!));
                return;
            }
            catch (EngineException)
            {
                // The heartbeat says it.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.Warn($"the network plugin could not be put where containerd looks for it: {e.Message}");
            }
            await Task.Delay(TimeSpan.FromSeconds(2), time, cancel);
        }
    }
}

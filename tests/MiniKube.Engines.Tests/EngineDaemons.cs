using MiniKube.Engines.Simulated;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

/// <summary>An engine of the tests' own, started for one fixture and gone with it.</summary>
internal interface IEngineDaemon : IAsyncDisposable
{
    Task Start();

    IContainerEngine Connect(string node, string? socket = null);
}

internal static class EngineDaemons
{
    public static IEngineDaemon Of(string kind) => kind switch { "docker" => new DockerDaemon(), "containerd" => new ContainerdDaemon(), _ => new SimulatedDaemon() };
}

/// <summary>Nothing to start: a directory for logs.</summary>
internal sealed class SimulatedDaemon : IEngineDaemon
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("minik-simulated-");
    private SimulatedMachine? machine;

    public Task Start() => Task.CompletedTask;

    public IContainerEngine Connect(string node, string? socket = null) => new SimulatedEngine(machine ??= new(directory.FullName, TimeProvider.System), node);

    public ValueTask DisposeAsync()
    {
        directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

using MiniKube.Engines;
using MiniKube.Engines.Containerd;
using MiniKube.Engines.Docker;
using MiniKube.Engines.Simulated;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>What a node's pods run on, remembered for the next start and for the commands that work on it.</summary>
internal sealed record EngineRecord(string Runtime, string Endpoint, bool Own)
{
    public static EngineRecord? Read(string dataDir)
    {
        try
        {
            var stored = JsonReader.ReadMap(File.ReadAllBytes(PathIn(dataDir)));
            return new(stored.Text("runtime") ?? "", stored.Text("endpoint") ?? "", stored.Bool("own") == true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public void Write(string dataDir)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathIn(dataDir))!);
        File.WriteAllBytes(PathIn(dataDir), JsonWriter.ToUtf8(new JsonMap { { "runtime", Runtime }, { "endpoint", Endpoint }, { "own", Own } }));
    }

    private static string PathIn(string dataDir) => Path.Combine(dataDir, "agent", "engine.json");
}

/// <summary>The engine of this node, and how it came to be that one.</summary>
internal sealed record NodeEngine(IContainerEngine Engine, string Runtime, string Endpoint)
{
    /// <summary>Set when it is run by this node.</summary>
    public OwnContainerd? Own { get; init; }

    /// <summary>Why there is none.</summary>
    public string? Absent { get; init; }
}

internal enum EnginePick
{
    None,
    Docker,
    DockerAsBefore,
    Containerd,
    OwnContainerd,
}

/// <summary>What a machine has to run containers with.</summary>
internal sealed record HostEngines(bool DockerInstalled, bool ContainerdInstalled, Func<Task<bool>> DockerAnswers, Func<Task<bool>> ContainerdAnswers);

/// <summary>
/// Which engine runs this node's pods: the one that was named; else the one they ran on before; else Docker if it answers, whose
/// images the people of this machine build; else a containerd that serves the CRI; else one of our own, where it is installed.
/// </summary>
internal static class EngineChoice
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    public static async Task<NodeEngine> Make(NodeSettings settings, TimeProvider time, Action<string> say, CancellationToken cancel)
    {
        var given = Socket(settings.ContainerRuntimeEndpoint);
        return settings.Runtime switch
        {
            "simulated" => Simulated(settings, time),
            "docker" => Docker(settings, given),
            "containerd" when given is not null => Containerd(settings, given, time),
            "containerd" => await AnyContainerd(settings, time, say, cancel) ?? Absent("containerd isn't installed: apt-get install containerd"),
            _ when given is not null => await Named(settings, given, time, cancel),
            _ => await Auto(settings, time, say, cancel),
        };
    }

    /// <summary>"unix:///run/x.sock" and "/run/x.sock" as the path; null for none.</summary>
    public static string? Socket(string? endpoint) =>
        endpoint is not { Length: > 0 } ? null : endpoint.StartsWith("unix://", StringComparison.Ordinal) ? endpoint["unix://".Length..] : endpoint;

    public static string LogDir(string dataDir) => Path.Combine(dataDir, "agent", "logs");

    /// <summary>Returns once there is one.</summary>
    public static async Task Appears(NodeSettings settings, TimeProvider time, CancellationToken cancel)
    {
        while (true)
        {
            await Task.Delay(LookEvery, time, cancel);
            var engine = await Make(settings, time, static _ => { }, cancel);
            await engine.Engine.DisposeAsync();
            if (engine.Absent is null) return;
        }
    }

    public static async Task WhenAnswers(IContainerEngine engine, TimeProvider time, CancellationToken cancel)
    {
        while (!await Answers(engine, time, cancel)) await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancel);
    }

    private static async Task<NodeEngine> Auto(NodeSettings settings, TimeProvider time, Action<string> say, CancellationToken cancel)
    {
        var before = EngineRecord.Read(settings.DataDir);
        var host = new HostEngines(IsInstalled("dockerd"), IsInstalled("containerd"),
            () => Answered(Docker(settings, null), time, cancel), () => Answered(Containerd(settings, ContainerdEngine.DefaultSocket, time), time, cancel));
        return await Pick(before, host) switch
        {
            EnginePick.Docker => Docker(settings, null),
            EnginePick.DockerAsBefore => Docker(settings, before!.Endpoint),
            EnginePick.Containerd => Containerd(settings, ContainerdEngine.DefaultSocket, time),
            EnginePick.OwnContainerd => Own(settings, time, say),
            _ => Absent($"no container engine: Docker doesn't answer on {DockerSocket(null)}, nor containerd on {ContainerdEngine.DefaultSocket}, and containerd isn't installed to be started; apt-get install docker.io, or containerd"),
        };
    }

    /// <summary>The decision. Who answers is asked only where it matters.</summary>
    internal static async Task<EnginePick> Pick(EngineRecord? before, HostEngines host)
    {
        // Another engine that answers first after a boot must not take over from one that is slow: its containers would be left behind.
        if (before is { Runtime: "docker" } && host.DockerInstalled) return EnginePick.DockerAsBefore;
        if (before is { Own: true } && host.ContainerdInstalled) return EnginePick.OwnContainerd;
        if (before is not { Own: true } && await host.DockerAnswers()) return EnginePick.Docker;
        if (before is not { Own: true } && await host.ContainerdAnswers()) return EnginePick.Containerd;
        return host.ContainerdInstalled ? EnginePick.OwnContainerd : EnginePick.None;
    }

    private static async Task<NodeEngine> Named(NodeSettings settings, string socket, TimeProvider time, CancellationToken cancel)
    {
        var (docker, containerd) = (Docker(settings, socket), Containerd(settings, socket, time));
        // One that doesn't answer yet is taken by its name.
        var isContainerd = await Answers(containerd.Engine, time, cancel) || !await Answers(docker.Engine, time, cancel) && Path.GetFileName(socket).Contains("containerd", StringComparison.Ordinal);
        await (isContainerd ? docker : containerd).Engine.DisposeAsync();
        return isContainerd ? containerd : docker;
    }

    private static async Task<NodeEngine?> AnyContainerd(NodeSettings settings, TimeProvider time, Action<string> say, CancellationToken cancel)
    {
        if (!HasOwn(settings.DataDir))
        {
            var running = Containerd(settings, ContainerdEngine.DefaultSocket, time);
            if (await Answers(running.Engine, time, cancel)) return running;
            await running.Engine.DisposeAsync();
        }
        return IsInstalled("containerd") ? Own(settings, time, say) : null;
    }

    private static NodeEngine Own(NodeSettings settings, TimeProvider time, Action<string> say)
    {
        var own = new OwnContainerd(settings.DataDir, time, say);
        return Containerd(settings, own.Socket, time) with { Own = own };
    }

    private static async Task<bool> Answered(NodeEngine engine, TimeProvider time, CancellationToken cancel)
    {
        await using var asked = engine.Engine;
        return await Answers(asked, time, cancel);
    }

    private static bool HasOwn(string dataDir) => EngineRecord.Read(dataDir) is { Own: true };

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/usr/local/bin"]).Any(d => d.Length > 0 && File.Exists(Path.Combine(d, program)));

    private static NodeEngine Docker(NodeSettings settings, string? socket) => new(new DockerEngine(DockerSocket(socket), settings.NodeName), "docker", DockerSocket(socket));

    private static NodeEngine Containerd(NodeSettings settings, string socket, TimeProvider time) =>
        new(new ContainerdEngine(new(socket, settings.NodeName, LogDir(settings.DataDir)) { Time = time }), "containerd", socket);

    /// <summary>Its memory is this process: what an earlier one left on the disk belongs to nobody.</summary>
    private static NodeEngine Simulated(NodeSettings settings, TimeProvider time)
    {
        var directory = Path.Combine(settings.DataDir, "agent", "simulated");
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        return new(new SimulatedEngine(new SimulatedMachine(directory, time), settings.NodeName), "simulated", "");
    }

    private static NodeEngine Absent(string reason) => new(new AbsentEngine(reason), "none", "") { Absent = reason };

    private static string DockerSocket(string? socket) => socket ?? Socket(Environment.GetEnvironmentVariable("DOCKER_HOST")) ?? DockerEngine.DefaultSocket;

    private static async Task<bool> Answers(IContainerEngine engine, TimeProvider time, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            await engine.Version(either.Token);
            return true;
        }
        catch (Exception e) when (e is EngineException or HttpRequestException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return false;
        }
    }
}

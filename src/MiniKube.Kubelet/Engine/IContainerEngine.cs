namespace MiniKube.Kubelet;

/// <summary>
/// What the node needs of a container engine, shaped like the CRI: sandboxes, containers, images, streams, events.
/// Expected failures are <see cref="EngineException"/>s with a sentence fit for a pod's status; anything else is a bug.
/// </summary>
public interface IContainerEngine : IAsyncDisposable
{
    /// <summary>Who answers: asked at the start and with every heartbeat.</summary>
    Task<EngineVersion> Version(CancellationToken cancel = default);

    Task<EngineAbilities> Abilities(CancellationToken cancel = default) => Task.FromResult(EngineAbilities.None);

    /// <summary>Everything of ours the engine has, or of one pod only.</summary>
    Task<EngineState> Observe(string? podUid, CancellationToken cancel = default);

    /// <summary>Changes of our containers, as they happen, until the connection to the engine ends.</summary>
    IAsyncEnumerable<EngineEvent> Events(CancellationToken cancel = default);

    /// <summary>Makes and starts the sandbox whose namespaces the pod's containers join.</summary>
    Task<SandboxInfo> RunSandbox(SandboxSpec spec, CancellationToken cancel = default);

    Task StopSandbox(string id, CancellationToken cancel = default);

    Task RemoveSandbox(string id, CancellationToken cancel = default);

    Task<string> CreateContainer(ContainerSpec spec, CancellationToken cancel = default);

    Task StartContainer(string id, CancellationToken cancel = default);

    /// <summary>Signals, waits out the grace and kills; returns when the container has ended.</summary>
    Task StopContainer(string id, TimeSpan grace, string? signal = null, CancellationToken cancel = default);

    Task RemoveContainer(string id, CancellationToken cancel = default);

    Task UpdateResources(string id, ContainerResources resources, CancellationToken cancel = default);

    /// <summary>The image if it is here; null if not.</summary>
    Task<ImageInfo?> FindImage(string reference, CancellationToken cancel = default);

    Task PullImage(string reference, RegistryCredentials? credentials, IProgress<PullProgress>? progress = null, CancellationToken cancel = default);

    Task<IReadOnlyList<ImageInfo>> Images(CancellationToken cancel = default);

    /// <summary>By id, all its names; by a name, only that one while there are others.</summary>
    Task RemoveImage(string id, CancellationToken cancel = default);

    /// <summary>One more name for an image that is here.</summary>
    Task TagImage(string reference, string tag, CancellationToken cancel = default);

    /// <summary>The directories that an image is made of, the uppermost first. The sandbox is one it may be unpacked for.</summary>
    Task<IReadOnlyList<string>> ImageLayers(string reference, string sandboxId, CancellationToken cancel = default);

    /// <summary>The directory whose file system holds images and writable layers; null when the engine doesn't say.</summary>
    Task<string?> ImageRoot(CancellationToken cancel = default) => Task.FromResult<string?>(null);

    /// <summary>Takes in the images of an archive, as `docker save` writes it or in OCI's layout, and says their names.</summary>
    Task<IReadOnlyList<string>> LoadImages(Stream tar, CancellationToken cancel = default);

    /// <summary>Ids and names of the images that any container of the engine is made of, whoever's it is.</summary>
    Task<IReadOnlySet<string>> ImagesInUse(CancellationToken cancel = default);

    /// <summary>Runs a command to its end and gives back its first bytes of output.</summary>
    Task<ExecResult> ExecSync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel = default);

    Task<IContainerStream> Exec(string containerId, ExecRequest request, CancellationToken cancel = default);

    Task<IContainerStream> Attach(string containerId, ExecRequest request, CancellationToken cancel = default);

    /// <summary>Writes down the state of a running container into an archive; the engine's own patience where no time is given.</summary>
    Task Checkpoint(string containerId, string archive, TimeSpan timeout, CancellationToken cancel = default) =>
        throw new EngineException("this engine can't make checkpoints");
}

public sealed record EngineVersion(string Name, string Version)
{
    /// <summary>"docker://20.10.24": how nodes report it.</summary>
    public override string ToString() => $"{Name}://{Version}";
}

/// <summary>What went wrong in the engine, in words for people.</summary>
public sealed class EngineException(string message, EngineFault fault = EngineFault.Other, Exception? inner = null) : Exception(message, inner)
{
    public EngineFault Fault { get; } = fault;
}

public enum EngineFault
{
    Other,
    NotFound,

    /// <summary>The engine doesn't answer; what it holds is unknown.</summary>
    Unreachable,

    /// <summary>The registry refused or has no such image.</summary>
    ImagePull,
}

public enum EngineEventKind
{
    Started,
    Died,
    OutOfMemory,
    Removed,
}

public sealed record EngineEvent(EngineEventKind Kind, string ContainerId, string PodUid);

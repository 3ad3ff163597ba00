using MiniKube.Kubelet;

namespace MiniKube.Engines;

/// <summary>A node without an engine: it says why, whatever it is asked.</summary>
public sealed class AbsentEngine(string reason) : IContainerEngine
{
    public Task<EngineVersion> Version(CancellationToken cancel = default) => Refused<EngineVersion>();
    public Task<EngineState> Observe(string? podUid, CancellationToken cancel = default) => Refused<EngineState>();
    public IAsyncEnumerable<EngineEvent> Events(CancellationToken cancel = default) => throw Reason();
    public Task<SandboxInfo> RunSandbox(SandboxSpec spec, CancellationToken cancel = default) => Refused<SandboxInfo>();
    public Task StopSandbox(string id, CancellationToken cancel = default) => Refused<bool>();
    public Task RemoveSandbox(string id, CancellationToken cancel = default) => Refused<bool>();
    public Task<string> CreateContainer(ContainerSpec spec, CancellationToken cancel = default) => Refused<string>();
    public Task StartContainer(string id, CancellationToken cancel = default) => Refused<bool>();
    public Task StopContainer(string id, TimeSpan grace, string? signal = null, CancellationToken cancel = default) => Refused<bool>();
    public Task RemoveContainer(string id, CancellationToken cancel = default) => Refused<bool>();
    public Task UpdateResources(string id, ContainerResources resources, CancellationToken cancel = default) => Refused<bool>();
    public Task<ImageInfo?> FindImage(string reference, CancellationToken cancel = default) => Refused<ImageInfo?>();
    public Task PullImage(string reference, RegistryCredentials? credentials, IProgress<PullProgress>? progress = null, CancellationToken cancel = default) => Refused<bool>();
    public Task<IReadOnlyList<ImageInfo>> Images(CancellationToken cancel = default) => Refused<IReadOnlyList<ImageInfo>>();
    public Task RemoveImage(string id, CancellationToken cancel = default) => Refused<bool>();
    public Task<IReadOnlyList<string>> ImageLayers(string reference, string sandboxId, CancellationToken cancel = default) => Refused<IReadOnlyList<string>>();
    public Task TagImage(string reference, string tag, CancellationToken cancel = default) => Refused<bool>();
    public Task<IReadOnlyList<string>> LoadImages(Stream tar, CancellationToken cancel = default) => Refused<IReadOnlyList<string>>();
    public Task<IReadOnlySet<string>> ImagesInUse(CancellationToken cancel = default) => Refused<IReadOnlySet<string>>();
    public Task<ExecResult> ExecSync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel = default) => Refused<ExecResult>();
    public Task<IContainerStream> Exec(string containerId, ExecRequest request, CancellationToken cancel = default) => Refused<IContainerStream>();
    public Task<IContainerStream> Attach(string containerId, ExecRequest request, CancellationToken cancel = default) => Refused<IContainerStream>();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Refused<T>() => Task.FromException<T>(Reason());

    private EngineException Reason() => new(reason, EngineFault.Unreachable);
}

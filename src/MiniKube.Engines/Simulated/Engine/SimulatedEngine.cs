using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>What a machine without an engine pretends to hold: in memory, and gone with the process as with a power cut.</summary>
public sealed class SimulatedMachine(string directory, TimeProvider time)
{
    private int made;

    internal ConcurrentDictionary<string, SimulatedSandbox> Sandboxes { get; } = new();
    internal ConcurrentDictionary<string, SimulatedContainer> Containers { get; } = new();
    internal ConcurrentDictionary<string, SimulatedImage> Images { get; } = new();
    internal ConcurrentDictionary<Channel<EngineEvent>, string> Listeners { get; } = new();
    internal string Directory => directory;
    internal TimeProvider Time => time;

    /// <summary>Different in every life of the machine, or a status would mistake a container for its predecessor.</summary>
    private readonly long born = time.GetUtcNow().Ticks;

    internal string NewId() => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
        System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{born}/{Interlocked.Increment(ref made)}"))));
}

internal sealed record SimulatedSandbox(SandboxInfo Info, string Hostname, Script Script);

/// <summary>
/// The engine port without an engine: everything a node does with pods is done, only the processes are pretended. Their scripts
/// are followed as far as they are understood; the pod's annotations say the rest.
/// </summary>
public sealed partial class SimulatedEngine(SimulatedMachine machine, string node) : IContainerEngine
{
    public Task<EngineVersion> Version(CancellationToken cancel = default) => Task.FromResult(new EngineVersion("simulated", "1"));

    /// <summary>Nothing is hard to pretend.</summary>
    public Task<EngineAbilities> Abilities(CancellationToken cancel = default) =>
        Task.FromResult(new EngineAbilities { Handlers = [new("", RecursiveReadOnly: true, UserNamespaces: true)], GroupsPolicy = true });

    public Task<EngineState> Observe(string? podUid, CancellationToken cancel = default)
    {
        bool Ours(IReadOnlyDictionary<string, string> labels) => labels.GetValueOrDefault(Labels.Node) == node && (podUid is null || labels.GetValueOrDefault(Labels.PodUid) == podUid);
        // Containers first: one that is made in between has its sandbox in the answer, not the other way round.
        var containers = machine.Containers.Values.Select(c => c.Info).Where(c => Ours(c.Labels)).ToArray();
        return Task.FromResult(new EngineState([.. machine.Sandboxes.Values.Select(s => s.Info).Where(s => Ours(s.Labels))], containers));
    }

    public async IAsyncEnumerable<EngineEvent> Events([EnumeratorCancellation] CancellationToken cancel = default)
    {
        var told = Channel.CreateUnbounded<EngineEvent>();
        machine.Listeners[told] = node;
        try
        {
            await foreach (var change in told.Reader.ReadAllAsync(cancel)) yield return change;
        }
        finally
        {
            machine.Listeners.TryRemove(told, out _);
        }
    }

    public Task<SandboxInfo> RunSandbox(SandboxSpec spec, CancellationToken cancel = default)
    {
        var sandbox = new SandboxInfo(machine.NewId(), spec.Pod, spec.Attempt, true, 0, machine.Time.GetUtcNow()) { Labels = PodLabels.Of(spec, node) };
        machine.Sandboxes[sandbox.Id] = new(sandbox, spec.Hostname, Script.Of(spec.Annotations.GetValueOrDefault));
        return Task.FromResult(sandbox);
    }

    /// <summary>Nothing goes on in a sandbox without its namespaces.</summary>
    public async Task StopSandbox(string id, CancellationToken cancel = default)
    {
        if (!machine.Sandboxes.TryGetValue(id, out var sandbox)) return;
        machine.Sandboxes[id] = sandbox with { Info = sandbox.Info with { Running = false } };
        foreach (var container in machine.Containers.Values.Where(c => c.Info.SandboxId == id)) await container.Stop(TimeSpan.Zero, null, cancel);
    }

    public async Task RemoveSandbox(string id, CancellationToken cancel = default)
    {
        await StopSandbox(id, cancel);
        machine.Sandboxes.TryRemove(id, out _);
    }

    public Task<string> CreateContainer(ContainerSpec spec, CancellationToken cancel = default)
    {
        if (!machine.Sandboxes.TryGetValue(spec.SandboxId, out var sandbox)) throw new EngineException($"No such sandbox: {spec.SandboxId}", EngineFault.NotFound);
        if (Find(spec.Image) is not { } image) throw new EngineException($"No such image: {spec.Image}", EngineFault.NotFound);
        var id = machine.NewId();
        machine.Containers[id] = new(id, spec with { Hostname = sandbox.Hostname }, image, sandbox.Script, node, machine.Directory, machine.Time);
        return Task.FromResult(id);
    }

    public Task StartContainer(string id, CancellationToken cancel = default) =>
        Of(id).Start(() => Tell(EngineEventKind.Started, id), () => Tell(EngineEventKind.Died, id), cancel);

    public Task StopContainer(string id, TimeSpan grace, string? signal = null, CancellationToken cancel = default) =>
        machine.Containers.TryGetValue(id, out var container) ? container.Stop(grace, signal, cancel) : Task.CompletedTask;

    public Task RemoveContainer(string id, CancellationToken cancel = default)
    {
        // Gone first: whoever hears of it looks at once.
        if (!machine.Containers.TryRemove(id, out var container)) return Task.CompletedTask;
        Tell(EngineEventKind.Removed, container.Info);
        container.Dispose();
        return Task.CompletedTask;
    }

    public Task UpdateResources(string id, ContainerResources resources, CancellationToken cancel = default)
    {
        Of(id).Limit(resources);
        return Task.CompletedTask;
    }

    public async Task<ExecResult> ExecSync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel = default)
    {
        await using var stream = Of(containerId).Run(new(command));
        using var limit = new CancellationTokenSource(timeout, machine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            var (output, errors) = (new StringBuilder(), new StringBuilder());
            await foreach (var (kind, data) in stream.Read(either.Token))
            {
                output.Append(Encoding.UTF8.GetString(data.Span));
                if (kind == StreamKind.Stderr) errors.Append(Encoding.UTF8.GetString(data.Span));
            }
            return new(await stream.ExitCode(either.Token), output.ToString()) { Errors = errors.ToString() };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"command \"{string.Join(' ', command)}\" timed out");
        }
    }

    public Task<IContainerStream> Exec(string containerId, ExecRequest request, CancellationToken cancel = default) => Task.FromResult<IContainerStream>(Of(containerId).Run(request));

    public Task<IContainerStream> Attach(string containerId, ExecRequest request, CancellationToken cancel = default) => Task.FromResult<IContainerStream>(Of(containerId).Attach(request));

    /// <summary>The machine stays: other nodes may be on it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SimulatedContainer Of(string id) => machine.Containers.GetValueOrDefault(id) ?? throw new EngineException($"No such container: {id}", EngineFault.NotFound);

    private void Tell(EngineEventKind kind, string id)
    {
        if (machine.Containers.GetValueOrDefault(id)?.Info is { } info) Tell(kind, info);
    }

    private void Tell(EngineEventKind kind, ContainerInfo about)
    {
        foreach (var (listener, of) in machine.Listeners)
            if (of == about.Labels[Labels.Node]) listener.Writer.TryWrite(new(kind, about.Id, about.Pod.Uid));
    }
}

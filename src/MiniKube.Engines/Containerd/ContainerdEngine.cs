using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Containerd;

public sealed record ContainerdOptions(string Socket, string Node, string LogDir)
{
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>
/// The engine port on containerd 1.6 and newer: pods over its CRI, images' archives and events over its own services, as the CRI
/// has nothing for them.
/// </summary>
public sealed partial class ContainerdEngine(ContainerdOptions options) : IContainerEngine
{
    public const string DefaultSocket = "/run/containerd/containerd.sock";

    private const string Runtime = "/runtime.v1.RuntimeService/";
    private const string ImageService = "/runtime.v1.ImageService/";
    private const string OwnImages = "/containerd.services.images.v1.Images/";
    private const string Tasks = "/containerd.services.tasks.v1.Tasks/";

    private const string Snapshots = "/containerd.services.snapshots.v1.Snapshots/";

    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    private readonly GrpcClient grpc = new(options.Socket);
    private readonly HostLimits limits = HostLimits.Read();

    private readonly Remembered<long, ContainerInfo> known = new();
    private readonly ConcurrentDictionary<string, int> sandboxPids = new();
    private readonly ConcurrentDictionary<string, string> podOf = new();

    // Removing a sandbox would take its ended containers, and with them what is known of their ends: it waits until they go.
    private readonly ConcurrentDictionary<string, bool> retired = new();
    private readonly SemaphoreSlim naming = new(1, 1);
    private volatile bool pauseLoaded;
    private volatile string? cgroupDriver;

    public async Task<EngineVersion> Version(CancellationToken cancel = default)
    {
        var answer = await Call("Version", [], cancel);
        return new(answer.Text(2), answer.Text(3));
    }

    public async Task<EngineAbilities> Abilities(CancellationToken cancel = default) => CriStates.Abilities(await Call("Status", new() { { 1, true } }, cancel));

    /// <summary>Where the engine looks for network plugins and for their configuration.</summary>
    public async Task<(string Plugins, string Configuration)> NetworkPlaces(CancellationToken cancel = default)
    {
        var places = (await Configuration(cancel)).Map("cni");
        var plugins = places?.Text("binDir") is { Length: > 0 } one ? one : places?.List("binDirs")?.Texts().FirstOrDefault();
        return (plugins ?? "/opt/cni/bin", places?.Text("confDir") is { Length: > 0 } given ? given : "/etc/cni/net.d");
    }

    public async Task<EngineState> Observe(string? podUid, CancellationToken cancel = default)
    {
        var wanted = new Dictionary<string, string> { [Labels.Node] = options.Node };
        if (podUid is not null) wanted[Labels.PodUid] = podUid;
        // Containers first: one that is made in between has its sandbox in the answer, not the other way round.
        var listed = await Call("ListContainers", new() { { 1, new Proto { { 4, wanted } } } }, cancel);
        var listedSandboxes = await Call("ListPodSandbox", new() { { 1, new Proto { { 3, wanted } } } }, cancel);
        var containers = new List<ContainerInfo>();
        foreach (var entry in listed.Messages(1))
            if (await Inspect(entry.Text(1), entry.Whole(6), cancel) is { } container) containers.Add(container);
        var sandboxes = new List<SandboxInfo>();
        foreach (var entry in listedSandboxes.Messages(1))
        {
            var id = entry.Text(1);
            podOf[id] = entry.Map(5).GetValueOrDefault(Labels.PodUid, "");
            if (!retired.ContainsKey(id)) sandboxes.Add(CriStates.Sandbox(entry, CriStates.IsReady(entry) ? await SandboxPid(id, cancel) : 0));
        }
        if (podUid is null) Forget([.. containers.Select(c => c.Id), .. listedSandboxes.Messages(1).Select(s => s.Text(1))]);
        return new(sandboxes, containers);
    }

    public async Task<SandboxInfo> RunSandbox(SandboxSpec spec, CancellationToken cancel = default)
    {
        await EnsurePause(cancel);
        spec = spec with { CgroupParent = await Parent(spec.CgroupParent, cancel) };
        while (true)
        {
            var config = CriBodies.Sandbox(spec, options.Node, options.LogDir);
            try
            {
                var id = (await Call("RunPodSandbox", new() { { 1, config }, { 2, spec.RuntimeHandler } }, cancel)).Text(1);
                podOf[id] = spec.Pod.Uid;
                var made = await Call("PodSandboxStatus", new() { { 1, id }, { 2, true } }, cancel);
                sandboxPids[id] = CriStates.Pid(made);
                return new(id, spec.Pod, spec.Attempt, true, sandboxPids[id], DateTimeOffset.UnixEpoch.AddTicks(made.Message(1).Whole(4) / 100)) { Labels = PodLabels.Of(spec, options.Node) };
            }
            catch (EngineException e) when (Holder(e.Message) is { } holder)
            {
                // Held by one that was cut short, or by one that still has a story to tell.
                if (retired.ContainsKey(holder)) spec = spec with { Attempt = spec.Attempt + 1 };
                else await Discard(holder, cancel);
            }
        }
    }

    public async Task StopSandbox(string id, CancellationToken cancel = default)
    {
        await End("StopPodSandbox", new() { { 1, id } }, cancel);
        sandboxPids.TryRemove(id, out _);
    }

    public async Task RemoveSandbox(string id, CancellationToken cancel = default)
    {
        retired[id] = true;
        if (!await RemoveIfEmpty(id, cancel)) await StopSandbox(id, cancel);
    }

    public async Task<string> CreateContainer(ContainerSpec spec, CancellationToken cancel = default)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(CriBodies.LogDirectory(options.LogDir, spec.Pod), spec.Name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"create container log directory for container {spec.Name} failed: {e.Message}", inner: e);
        }
        spec = spec with { CgroupParent = await Parent(spec.CgroupParent, cancel) };
        var request = new Proto { { 1, spec.SandboxId }, { 2, CriBodies.Container(spec, options.Node, limits) }, { 3, CriBodies.SandboxOf(spec, options.LogDir) } };
        ProtoMessage made;
        try
        {
            made = await Call("CreateContainer", request, cancel);
        }
        catch (EngineException e) when (Holder(e.Message) is { } holder)
        {
            // Left by a start that was cut short: it never ran, or it would have been found by its labels.
            await RemoveContainer(holder, cancel);
            made = await Call("CreateContainer", request, cancel);
        }
        podOf[made.Text(1)] = spec.Pod.Uid;
        return made.Text(1);
    }

    public async Task StartContainer(string id, CancellationToken cancel = default) => await Call("StartContainer", new() { { 1, id } }, cancel);

    public async Task StopContainer(string id, TimeSpan grace, string? signal = null, CancellationToken cancel = default)
    {
        if (signal is not null && grace > TimeSpan.Zero)
        {
            if (!await Signal(id, signal, cancel)) return;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(grace);
            try
            {
                await Gently(grpc.Call(Tasks + "Wait", new() { { 1, id } }, limit.Token));
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // It had its time.
            }
            grace = TimeSpan.Zero;
        }
        await End("StopContainer", new() { { 1, id }, { 2, (long)Math.Ceiling(grace.TotalSeconds) } }, cancel);
    }

    public async Task RemoveContainer(string id, CancellationToken cancel = default)
    {
        var container = known.Of(id) ?? await Inspect(id, -1, cancel);
        await End("RemoveContainer", new() { { 1, id } }, cancel);
        known.Forget(id);
        if (container is null) return;
        CriLogs.Remove(container.LogPath);
        if (retired.ContainsKey(container.SandboxId)) await RemoveIfEmpty(container.SandboxId, cancel);
    }

    public async Task UpdateResources(string id, ContainerResources resources, CancellationToken cancel = default)
    {
        await Call("UpdateContainerResources", new() { { 1, id }, { 2, CriBodies.Resources(resources) } }, cancel);
        known.Forget(id);
    }

    public async Task<ExecResult> ExecSync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel = default)
    {
        const int most = 16 * 1024;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            // The engine ends the command when its own, coarser time is over, or when nobody waits any more.
            var answer = await Call("ExecSync", new() { { 1, containerId }, { 2, command }, { 3, (long)Math.Ceiling(timeout.TotalSeconds) } }, limit.Token);
            var output = new byte[Math.Min(most, answer.Bytes(1).Length + answer.Bytes(2).Length)];
            var first = answer.Bytes(1)[..Math.Min(output.Length, answer.Bytes(1).Length)];
            first.CopyTo(output);
            answer.Bytes(2)[..(output.Length - first.Length)].CopyTo(output.AsMemory(first.Length));
            return new((int)answer.Whole(3), Encoding.UTF8.GetString(output)) { Errors = Encoding.UTF8.GetString(output.AsSpan(first.Length)) };
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && (e is OperationCanceledException || e is EngineException { Message: var m } && m.Contains("deadline exceeded", StringComparison.OrdinalIgnoreCase)))
        {
            throw new TimeoutException($"command \"{string.Join(' ', command)}\" timed out", e);
        }
    }

    public Task<IContainerStream> Exec(string containerId, ExecRequest request, CancellationToken cancel = default) => ExecStream.Open(grpc, options.Time, containerId, request, cancel);

    public async Task<IContainerStream> Attach(string containerId, ExecRequest request, CancellationToken cancel = default)
    {
        var answer = await Call("Attach", new()
        {
            { 1, containerId }, { 2, request.Stdin }, { 3, request.Tty }, { 4, request.Stdout }, { 5, request.Stderr && !request.Tty },
        }, cancel);
        return await CriStream.Open(new(answer.Text(1)), request, cancel);
    }

    public async Task Checkpoint(string containerId, string archive, TimeSpan timeout, CancellationToken cancel = default) =>
        await Call("CheckpointContainer", new() { { 1, containerId }, { 2, archive }, { 3, (long)timeout.TotalSeconds } }, cancel);

    public ValueTask DisposeAsync()
    {
        grpc.Dispose();
        naming.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<ProtoMessage> Call(string method, Proto request, CancellationToken cancel) => grpc.Call(Runtime + method, request, cancel);

    /// <summary>What is gone already is what was wanted.</summary>
    private static async Task Gently(Task work)
    {
        try
        {
            await work;
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
        }
    }

    private async Task Until(Func<Task<bool>> settled, string what, CancellationToken cancel)
    {
        var start = options.Time.GetTimestamp();
        while (!await settled())
        {
            if (options.Time.GetElapsedTime(start) > Settling) throw new EngineException($"containerd has not noticed {what}");
            await Task.Delay(Soon, options.Time, cancel);
        }
    }

    private async Task<ContainerInfo?> Inspect(string id, long state, CancellationToken cancel)
    {
        if (known.Of(id, state) is { } seen) return seen;
        var look = known.Begin(id);
        try
        {
            var answer = await Call("ContainerStatus", new() { { 1, id }, { 2, true } }, cancel);
            var told = CriStates.Container(answer) with { LayerPath = await LayerPath(answer, cancel) };
            podOf[id] = told.Pod.Uid;
            // Kept only when both answers agree: in between it may have ended.
            if (answer.Message(1).Whole(3) == state) known.Keep(id, look, state, told);
            return told;
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    /// <summary>Says it again for as long as the engine has yet to notice an end: of a container, or of the shim that it was just speaking to.</summary>
    private async Task End(string method, Proto request, CancellationToken cancel)
    {
        var start = options.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await Gently(Call(method, request, cancel));
                return;
            }
            catch (EngineException e) when (IsPassing(e) && options.Time.GetElapsedTime(start) < Settling)
            {
                await Task.Delay(Soon, options.Time, cancel);
            }
        }
    }

    private static bool IsPassing(EngineException e) => e.Message.Contains("is still running, to stop first", StringComparison.Ordinal) || e.Message.Contains("ttrpc: closed", StringComparison.Ordinal);

    /// <summary>The directory that the container writes to, where layers are directories.</summary>
    private async Task<string> LayerPath(ProtoMessage answer, CancellationToken cancel)
    {
        const string upper = "upperdir=";
        var details = CriStates.Details(answer);
        if (details.Text("snapshotter") is not { Length: > 0 } snapshotter || details.Text("snapshotKey") is not { Length: > 0 } key) return "";
        try
        {
            var mounts = await grpc.Call(Snapshots + "Mounts", new() { { 1, snapshotter }, { 2, key } }, cancel);
            return mounts.Messages(1).SelectMany(m => m.Texts(4)).FirstOrDefault(o => o.StartsWith(upper, StringComparison.Ordinal))?[upper.Length..] ?? "";
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            return "";
        }
    }

    private async Task<int> SandboxPid(string id, CancellationToken cancel)
    {
        if (sandboxPids.TryGetValue(id, out var pid)) return pid;
        try
        {
            return sandboxPids[id] = CriStates.Pid(await Call("PodSandboxStatus", new() { { 1, id }, { 2, true } }, cancel));
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return 0;
        }
    }

    private async Task<bool> RemoveIfEmpty(string sandbox, CancellationToken cancel)
    {
        var left = await Call("ListContainers", new() { { 1, new Proto { { 3, sandbox } } } }, cancel);
        if (left.Has(1)) return false;
        await Discard(sandbox, cancel);
        return true;
    }

    /// <summary>Removing stops as well, and every stop takes the network down anew, with the plugins' processes that takes: once is enough.</summary>
    private async Task Discard(string sandbox, CancellationToken cancel)
    {
        await End("RemovePodSandbox", new() { { 1, sandbox } }, cancel);
        retired.TryRemove(sandbox, out _);
        sandboxPids.TryRemove(sandbox, out _);
        podOf.TryRemove(sandbox, out _);
    }

    /// <summary>False when there is nothing to signal.</summary>
    private async Task<bool> Signal(string id, string name, CancellationToken cancel)
    {
        try
        {
            await grpc.Call(Tasks + "Kill", new() { { 1, id }, { 3, SignalNumbers.Of(name) } }, cancel);
            return true;
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return false;
        }
    }

    private async Task EnsurePause(CancellationToken cancel)
    {
        if (pauseLoaded) return;
        // Whatever image the engine is set up to hold pods with: it is here under that name, so that nothing is pulled for it.
        var name = (await Configuration(cancel)).Text("sandboxImage") is { Length: > 0 } given ? given : PauseImage.Name;
        if (await FindImage(name, cancel) is null)
        {
            using var archive = new MemoryStream(PauseImage.Archive(RuntimeInformation.ProcessArchitecture, name));
            await LoadImages(archive, cancel);
        }
        pauseLoaded = true;
    }

    private async Task<string> Parent(string path, CancellationToken cancel) =>
        (cgroupDriver ??= CriStates.UsesSlices(await Configuration(cancel)) ? "systemd" : "cgroupfs") == "systemd" ? CgroupSlices.Of(path) : path;

    private async Task<JsonMap> Configuration(CancellationToken cancel) => CriStates.Details(await Call("Status", new() { { 1, true } }, cancel), key: "config");

    private void Forget(HashSet<string> present)
    {
        known.KeepOnly(present);
        foreach (var id in podOf.Keys)
            if (!present.Contains(id)) podOf.TryRemove(id, out _);
    }

    /// <summary>Who has a name already, from the engine's words about it.</summary>
    private static string? Holder(string message)
    {
        const string words = "is reserved for \"";
        var at = message.IndexOf(words, StringComparison.Ordinal);
        return at < 0 ? null : message[(at + words.Length)..].Split('"')[0];
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;
using MiniKube.Kubelet.Images;
using MiniKube.Machinery;

namespace MiniKube.Engines.Docker;

/// <summary>The engine port on Docker 20.10 and newer. Containers belong to a node by label; nothing else is looked at.</summary>
public sealed class DockerEngine(string socketPath, string node) : IContainerEngine
{
    public const string DefaultSocket = "/var/run/docker.sock";

    private readonly DockerClient docker = new(socketPath);
    private volatile HostLimits limits = HostLimits.Read();

    private readonly Remembered<string, JsonMap> known = new();
    private volatile bool pauseLoaded;
    private volatile string? cgroupDriver;

    public async Task<EngineVersion> Version(CancellationToken cancel = default) =>
        new("docker", ((JsonMap)await docker.Get("/version", cancel)).Text("Version") ?? "");

    public async Task<EngineAbilities> Abilities(CancellationToken cancel = default) => new() { SystemdCgroups = await CgroupDriver(cancel) == "systemd" };

    public async Task<EngineState> Observe(string? podUid, CancellationToken cancel = default)
    {
        var wanted = podUid is null ? JsonList.OfTexts([$"{Labels.Node}={node}"]) : JsonList.OfTexts([$"{Labels.Node}={node}", $"{Labels.PodUid}={podUid}"]);
        var listed = (JsonList)await docker.Get($"/containers/json?all=1&filters={Filter(new() { { "label", wanted } })}", cancel);
        var sandboxes = new List<SandboxInfo>();
        var containers = new List<ContainerInfo>();
        foreach (var entry in listed.Maps())
        {
            if (entry.Text("State") is "removing" || await Inspect(entry.Text("Id")!, entry.Text("State")!, cancel) is not { } inspected) continue;
            if (entry.Map("Labels")?.Text(Labels.Kind) == Labels.Sandbox) sandboxes.Add(DockerStates.Sandbox(inspected));
            else containers.Add(DockerStates.Container(inspected));
        }
        if (podUid is null) known.KeepOnly(listed.Maps().Select(e => e.Text("Id")!).ToHashSet());
        return new(sandboxes, containers);
    }

    public async IAsyncEnumerable<EngineEvent> Events([EnumeratorCancellation] CancellationToken cancel = default)
    {
        var filter = Filter(new() { { "type", JsonList.OfTexts(["container"]) }, { "label", JsonList.OfTexts([$"{Labels.Node}={node}"]) } });
        await foreach (var line in docker.Lines(HttpMethod.Get, $"/events?filters={filter}", null, null, cancel))
        {
            if (DockerStates.Event(line) is not { } told) continue;
            known.Forget(told.ContainerId);
            yield return told;
        }
    }

    public async Task<SandboxInfo> RunSandbox(SandboxSpec spec, CancellationToken cancel = default)
    {
        await EnsurePause(cancel);
        var name = $"k8s_POD_{spec.Pod.Name}_{spec.Pod.Namespace}_{spec.Pod.Uid}_{spec.Attempt}";
        var id = await Create(name, DockerBodies.Sandbox(spec with { CgroupParent = await Parent(spec.CgroupParent, cancel) }, node, hasSix: Directory.Exists("/proc/sys/net/ipv6")), cancel);
        await docker.Post($"/containers/{id}/start", null, cancel);
        return DockerStates.Sandbox((JsonMap)await docker.Get($"/containers/{id}/json", cancel));
    }

    public Task StopSandbox(string id, CancellationToken cancel = default) => StopContainer(id, TimeSpan.Zero, null, cancel);

    public Task RemoveSandbox(string id, CancellationToken cancel = default) => RemoveContainer(id, cancel);

    public async Task<string> CreateContainer(ContainerSpec spec, CancellationToken cancel = default)
    {
        spec = spec with { CgroupParent = await Parent(spec.CgroupParent, cancel) };
        while (true)
        {
            var given = limits;
            try
            {
                return await Create($"k8s_{spec.Name}_{spec.Pod.Name}_{spec.Pod.Namespace}_{spec.Pod.Uid}_{spec.Attempt}", DockerBodies.Container(spec, node, given, SeccompProfile), cancel);
            }
            catch (EngineException e) when (DockerBodies.HandsOutAll(spec.Privileges, given) && given.Without(e.Message) is { } fewer)
            {
                // The kernel has one more than this Docker knows by name: who asked for all gets the others.
                limits = fewer;
            }
        }
    }

    public async Task StartContainer(string id, CancellationToken cancel = default) => await docker.Post($"/containers/{id}/start", null, cancel);

    public async Task StopContainer(string id, TimeSpan grace, string? signal = null, CancellationToken cancel = default)
    {
        try
        {
            if (grace <= TimeSpan.Zero) await docker.Post($"/containers/{id}/kill", null, cancel);
            else if (signal is null) await docker.Post($"/containers/{id}/stop?t={(long)Math.Ceiling(grace.TotalSeconds)}", null, cancel);
            else await Signal(id, signal, grace, cancel);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound || e.Message.Contains("is not running", StringComparison.Ordinal))
        {
            return;
        }
        if (grace <= TimeSpan.Zero) await WaitForEnd(id, cancel);
    }

    public async Task RemoveContainer(string id, CancellationToken cancel = default)
    {
        try
        {
            await docker.Delete($"/containers/{id}?force=1&v=1", cancel);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound || e.Message.Contains("already in progress", StringComparison.Ordinal))
        {
            // Gone, or going: what was wanted.
        }
        known.Forget(id);
    }

    public async Task UpdateResources(string id, ContainerResources resources, CancellationToken cancel = default)
    {
        await docker.Post($"/containers/{id}/update", DockerBodies.Resources(resources), cancel);
        known.Forget(id);
    }

    public async Task<ImageInfo?> FindImage(string reference, CancellationToken cancel = default)
    {
        try
        {
            return DockerStates.Image((JsonMap)await docker.Get($"/images/{Uri.EscapeDataString(reference)}/json", cancel));
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    public async Task PullImage(string reference, RegistryCredentials? credentials, IProgress<PullProgress>? progress = null, CancellationToken cancel = default)
    {
        // Without a tag Docker would fetch all of them.
        var name = ImageName.Parse(reference)?.ToString() ?? reference;
        var layers = new Dictionary<string, (long Bytes, long Total)>();
        try
        {
            await foreach (var line in docker.Lines(HttpMethod.Post, $"/images/create?fromImage={Uri.EscapeDataString(name)}", null, Auth(credentials), cancel))
            {
                if (line.Text("error") is { } error) throw new EngineException(error, EngineFault.ImagePull);
                if (line.Text("status") != "Downloading" || line.Map("progressDetail") is not { } detail || detail.Whole("total") is not { } total) continue;
                layers[line.Text("id") ?? ""] = (detail.Whole("current") ?? 0, total);
                progress?.Report(new(layers.Values.Sum(l => l.Bytes), layers.Values.Sum(l => l.Total)));
            }
        }
        catch (EngineException e) when (e.Fault is EngineFault.Other or EngineFault.NotFound)
        {
            throw new EngineException(e.Message, EngineFault.ImagePull, e);
        }
    }

    public async Task<IReadOnlyList<ImageInfo>> Images(CancellationToken cancel = default) =>
        [.. ((JsonList)await docker.Get("/images/json", cancel)).Maps().Select(DockerStates.Image)];

    public Task RemoveImage(string id, CancellationToken cancel = default) => docker.Delete($"/images/{Uri.EscapeDataString(id)}{(id.StartsWith("sha256:", StringComparison.Ordinal) ? "?force=1" : "")}", cancel);

    public async Task TagImage(string reference, string tag, CancellationToken cancel = default)
    {
        if (ImageName.Parse(tag) is not { } name) throw new EngineException($"couldn't parse image name \"{tag}\"");
        await docker.Post($"/images/{Uri.EscapeDataString(reference)}/tag?repo={Uri.EscapeDataString(name.Repository)}&tag={Uri.EscapeDataString(name.Tag ?? "latest")}", null, cancel);
    }

    public async Task<IReadOnlyList<string>> ImageLayers(string reference, string sandboxId, CancellationToken cancel = default)
    {
        var driver = ((JsonMap)await docker.Get($"/images/{Uri.EscapeDataString(reference)}/json", cancel)).Map("GraphDriver");
        if (driver?.Map("Data")?.Text("UpperDir") is not { Length: > 0 } upper) throw new EngineException($"Docker's storage driver {driver?.Text("Name")} keeps images in no directories that could be mounted; use overlay2 or containerd");
        return [upper, .. (driver.Map("Data")!.Text("LowerDir") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];
    }

    public async Task<string?> ImageRoot(CancellationToken cancel = default) => ((JsonMap)await docker.Get("/info", cancel)).Text("DockerRootDir");

    public async Task<IReadOnlyList<string>> LoadImages(Stream tar, CancellationToken cancel = default)
    {
        var names = new List<string>();
        using var content = new StreamContent(tar);
        content.Headers.ContentType = new("application/x-tar");
        await foreach (var line in docker.Lines(HttpMethod.Post, "/images/load?quiet=1", content, null, cancel))
        {
            const string words = "Loaded image: ";
            if (line.Text("error") is { } error) throw new EngineException(error);
            if (line.Text("stream")?.Trim() is { } told && told.StartsWith(words, StringComparison.Ordinal)) names.Add(ImageName.Parse(told[words.Length..])?.ToString() ?? told[words.Length..]);
        }
        return names;
    }

    public async Task<IReadOnlySet<string>> ImagesInUse(CancellationToken cancel = default) =>
        ((JsonList)await docker.Get("/containers/json?all=1", cancel)).Maps().SelectMany(c => new[] { c.Text("ImageID"), c.Text("Image") }).OfType<string>().ToHashSet();

    public async Task<ExecResult> ExecSync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancel = default)
    {
        const int most = 16 * 1024;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        var (output, errors) = (new StringBuilder(), new StringBuilder());
        try
        {
            await using var stream = await Exec(containerId, new(command), limit.Token);
            await foreach (var (kind, data) in stream.Read(limit.Token))
            {
                if (output.Length >= most) continue;
                var text = Encoding.UTF8.GetString(data.Span);
                output.Append(text);
                if (kind == StreamKind.Stderr) errors.Append(text);
            }
            return new(await stream.ExitCode(limit.Token), output.ToString()) { Errors = errors.ToString() };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"command \"{string.Join(' ', command)}\" timed out");
        }
    }

    public async Task<IContainerStream> Exec(string containerId, ExecRequest request, CancellationToken cancel = default)
    {
        // Outputs nobody wants are asked for too: it is their end that tells of the command's, and before that there is no code.
        var made = await docker.Post($"/containers/{containerId}/exec", new()
        {
            { "AttachStdin", request.Stdin }, { "AttachStdout", true }, { "AttachStderr", !request.Tty }, { "Tty", request.Tty },
            { "Cmd", JsonList.OfTexts(request.Command) },
        }, cancel);
        var id = made?.Text("Id") ?? throw new EngineException("Docker made an exec without an id");
        var (socket, early) = await docker.Hijack($"/exec/{id}/start", new() { { "Detach", false }, { "Tty", request.Tty } }, cancel);
        return new DockerStream(socket, early, request,
            async (columns, rows, stop) => await docker.Post($"/exec/{id}/resize?h={rows}&w={columns}", null, stop),
            async stop => (int)(((JsonMap)await docker.Get($"/exec/{id}/json", stop)).Whole("ExitCode") ?? 0));
    }

    public async Task<IContainerStream> Attach(string containerId, ExecRequest request, CancellationToken cancel = default)
    {
        var (socket, early) = await docker.Hijack($"/containers/{containerId}/attach?stream=1&stdin={Flag(request.Stdin)}&stdout={Flag(request.Stdout)}&stderr={Flag(request.Stderr && !request.Tty)}", null, cancel);
        return new DockerStream(socket, early, request,
            async (columns, rows, stop) => await docker.Post($"/containers/{containerId}/resize?h={rows}&w={columns}", null, stop),
            _ => Task.FromResult(0));
    }

    public ValueTask DisposeAsync()
    {
        docker.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> Parent(string path, CancellationToken cancel) => await CgroupDriver(cancel) == "systemd" ? CgroupSlices.Of(path) : path;

    /// <summary>It can't be changed while there are containers.</summary>
    private async Task<string> CgroupDriver(CancellationToken cancel) => cgroupDriver ??= ((JsonMap)await docker.Get("/info", cancel)).Text("CgroupDriver") ?? "";

    /// <summary>The command line sends what is in the file, so the engine wants no path.</summary>
    private static string SeccompProfile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"cannot load seccomp profile \"{path}\": {(File.Exists(path) ? e.Message : $"open {path}: no such file or directory")}", inner: e);
        }
    }

    private async Task EnsurePause(CancellationToken cancel)
    {
        if (pauseLoaded) return;
        if (await FindImage(PauseImage.Name, cancel) is null)
        {
            using var archive = new MemoryStream(PauseImage.Archive(RuntimeInformation.ProcessArchitecture));
            await LoadImages(archive, cancel);
        }
        pauseLoaded = true;
    }

    private async Task<string> Create(string name, JsonMap body, CancellationToken cancel)
    {
        var path = $"/containers/create?name={Uri.EscapeDataString(name)}";
        try
        {
            return (await docker.Post(path, body, cancel))!.Text("Id")!;
        }
        catch (EngineException e) when (e.Message.Contains("is already in use by container", StringComparison.Ordinal))
        {
            // Left by a start that was cut short: it never ran, or it would have been found by its labels.
            await RemoveContainer(name, cancel);
            return (await docker.Post(path, body, cancel))!.Text("Id")!;
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound && e.Message.Contains(PauseImage.Name, StringComparison.Ordinal))
        {
            pauseLoaded = false;
            throw;
        }
    }

    private async Task Signal(string id, string signal, TimeSpan grace, CancellationToken cancel)
    {
        await docker.Post($"/containers/{id}/kill?signal={Uri.EscapeDataString(signal)}", null, cancel);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(grace);
        try
        {
            await WaitForEnd(id, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            await docker.Post($"/containers/{id}/kill", null, cancel);
            await WaitForEnd(id, cancel);
        }
    }

    private async Task WaitForEnd(string id, CancellationToken cancel)
    {
        try
        {
            await docker.Post($"/containers/{id}/wait?condition=not-running", null, cancel);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            // Removed meanwhile.
        }
    }

    private async Task<JsonMap?> Inspect(string id, string state, CancellationToken cancel)
    {
        if (known.Of(id, state) is { } seen) return seen;
        var look = known.Begin(id);
        try
        {
            var inspected = (JsonMap)await docker.Get($"/containers/{id}/json", cancel);
            // Kept only when both answers agree: in between it may have ended.
            if (inspected.Map("State")?.Text("Status") == state) known.Keep(id, look, state, inspected);
            return inspected;
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    private static string? Auth(RegistryCredentials? credentials) => credentials is null ? null : Convert.ToBase64String(JsonWriter.ToUtf8(
        credentials.IdentityToken is { } token
            ? new JsonMap { { "identitytoken", token }, { "serveraddress", credentials.Server } }
            : new JsonMap { { "username", credentials.Username }, { "password", credentials.Password }, { "serveraddress", credentials.Server } }))
        .Replace('+', '-').Replace('/', '_');

    private static string Filter(JsonMap filter) => Uri.EscapeDataString(JsonWriter.ToText(filter));

    private static int Flag(bool value) => value ? 1 : 0;
}

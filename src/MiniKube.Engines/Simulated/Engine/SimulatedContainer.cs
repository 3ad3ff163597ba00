using System.Collections.Immutable;
using MiniKube.Engines.Containerd;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>One simulated container, from its creation to its removal.</summary>
internal sealed class SimulatedContainer : IDisposable
{
    private readonly Lock gate = new();
    private readonly ContainerSpec spec;
    private readonly SimulatedImage image;
    private readonly Script script;
    private readonly TimeProvider time;
    private readonly SimulatedLog log;
    private readonly SimulatedFiles files;
    private readonly SimulatedOutput output;
    private readonly SimulatedInput input = new();
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SimulatedProcess? main;
    private ContainerInfo info;

    public SimulatedContainer(string id, ContainerSpec spec, SimulatedImage image, Script script, string node, string directory, TimeProvider time)
    {
        (this.spec, this.image, this.script, this.time) = (spec, image, script, time);
        log = new(Path.Combine(CriBodies.LogDirectory(Path.Combine(directory, "logs"), spec.Pod), CriBodies.LogFile(spec.Name, spec.Attempt)), time);
        var layer = Path.Combine(directory, "layers", id);
        Directory.CreateDirectory(layer);
        log.Create();
        output = new((kind, data) => log.Write(kind, data));
        files = new(spec.Mounts, () => Info.Resources!, new(spec.Users, spec.Privileges, spec.Mounts));
        var labels = PodLabels.Of(spec, node);
        info = new(id, spec.Pod, spec.Name, PodLabels.Attempt(labels), ContainerPhase.Created)
        {
            SandboxId = spec.SandboxId, Image = spec.Image, ImageId = image.Id, CreatedAt = time.GetUtcNow(), LogPath = log.Path, LayerPath = layer, Tty = spec.Tty, Labels = labels,
            Resources = spec.Resources with { OomScoreAdjust = 0 }, StopSignal = spec.StopSignal ?? "SIGTERM",
            User = new(spec.Privileges.User ?? 0, spec.Privileges.Group ?? 0, spec.Privileges.SupplementalGroups),
        };
    }

    public ContainerInfo Info
    {
        get
        {
            lock (gate) return info;
        }
        private set
        {
            lock (gate) info = value;
        }
    }

    /// <summary>Begins, and tells when it has ended. What can't begin says why, now and for ever.</summary>
    public async Task Start(Action started, Action ended, CancellationToken cancel)
    {
        var command = Command();
        if (command is [var program, ..] && image.Lacks(program))
        {
            var fault = $"exec: \"{program}\": stat {program}: no such file or directory";
            Info = Info with { Error = fault, ExitCode = 127 };
            throw new EngineException(fault);
        }
        if (script.StartDelay > TimeSpan.Zero) await Task.Delay(script.StartDelay, time, cancel);
        var process = new SimulatedProcess(World(spec.Tty, serves: true), input, output);
        lock (gate)
        {
            if (info.Phase != ContainerPhase.Created) throw new EngineException($"container {info.Id} has been started before");
            main = process;
            info = info with { Phase = ContainerPhase.Running, StartedAt = time.GetUtcNow() };
        }
        if (!spec.Stdin) input.Close();
        started();
        process.Start(command);
        if (Lasts(command) is { } lasts) _ = Task.Delay(lasts, time, CancellationToken.None).ContinueWith(_ => process.End(script.ExitCode), TaskScheduler.Default);
        _ = Follow(process, ended);
    }

    private async Task Follow(SimulatedProcess process, Action ended)
    {
        var code = await process.Ended;
        log.End();
        Info = Info with { Phase = ContainerPhase.Exited, ExitCode = code, FinishedAt = time.GetUtcNow() };
        over.TrySetResult();
        ended();
    }

    public async Task Stop(TimeSpan grace, string? signal, CancellationToken cancel)
    {
        if (main is not { } process) return;
        if (grace > TimeSpan.Zero && !over.Task.IsCompleted)
        {
            process.Signal(signal ?? spec.StopSignal ?? "TERM");
            await Task.WhenAny(over.Task, Task.Delay(grace, time, cancel));
            cancel.ThrowIfCancellationRequested();
        }
        process.End();
        // Not before it is known to have ended: who looks then must not find it running.
        await over.Task.WaitAsync(cancel);
    }

    public void Limit(ContainerResources resources) => Info = Info with { Resources = resources with { OomScoreAdjust = 0 } };

    public SimulatedStream Run(ExecRequest request)
    {
        Running();
        var (own, written) = (new SimulatedInput(), new SimulatedOutput());
        if (!request.Stdin) own.Close();
        var process = new SimulatedProcess(World(request.Tty, serves: false), own, written);
        var stream = new SimulatedStream(process, own, written, request, closesInput: true);
        if (request.Command is [var program, ..] && image.Lacks(program)) throw new EngineException($"exec: \"{program}\": stat {program}: no such file or directory");
        process.Start(request.Command);
        return stream;
    }

    public SimulatedStream Attach(ExecRequest request) => new(Running(), input, output, request with { Tty = spec.Tty }, closesInput: spec.StdinOnce);

    public void Dispose()
    {
        main?.End();
        CriLogs.Remove(log.Path);
        if (Directory.Exists(Info.LayerPath)) Directory.Delete(Info.LayerPath, recursive: true);
    }

    private SimulatedProcess Running() => main is { Ended.IsCompleted: false } process ? process : throw new EngineException($"container {Info.Id} is not running");

    private IReadOnlyList<string> Command() => [.. spec.Entrypoint ?? image.Entrypoint, .. spec.Arguments ?? (spec.Entrypoint is null ? image.Arguments : [])];

    /// <summary>How long it goes on when nobody stops it: what its pod's annotations say; an init container that isn't understood ends, or its pod would never begin.</summary>
    private TimeSpan? Lasts(IReadOnlyList<string> command)
    {
        if (spec.Labels.GetValueOrDefault(Labels.Role) == "Init") return SimulatedShell.Understands(command) ? null : script.InitTime;
        return script.RunTime;
    }

    private SimulatedWorld World(bool tty, bool serves) => new(files, time)
    {
        Environment = image.Environment.Concat(spec.Environment).Append(new("HOSTNAME", spec.Hostname)).DistinctBy(e => e.Key).ToImmutableDictionary().SetItems(spec.Environment),
        Directory = spec.WorkingDir ?? "/", Hostname = spec.Hostname, User = spec.Privileges.User ?? 0, Tty = tty, Serves = serves, StopDelay = script.StopDelay,
    };
}

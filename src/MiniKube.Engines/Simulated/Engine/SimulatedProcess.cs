using System.Collections.Concurrent;
using System.Collections.Immutable;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>What a simulated process finds around it.</summary>
internal sealed record SimulatedWorld(SimulatedFiles Files, TimeProvider Time)
{
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;
    public string Directory { get; init; } = "/";
    public string Hostname { get; init; } = "";
    public long User { get; init; }
    public bool Tty { get; init; }

    /// <summary>What isn't understood goes on until it is stopped, as servers do; in a command it is over at once.</summary>
    public bool Serves { get; init; }

    /// <summary>How long it takes to heed a signal.</summary>
    public TimeSpan StopDelay { get; init; }
}

/// <summary>A process that only pretends: a script that is followed, with its signals and its end.</summary>
internal sealed class SimulatedProcess(SimulatedWorld world, SimulatedInput input, SimulatedOutput output) : IDisposable
{
    private const int Killed = 137;

    private readonly ConcurrentQueue<string> due = new();
    private readonly ConcurrentDictionary<string, string> traps = new();
    private readonly CancellationTokenSource life = new();
    private readonly TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource pause = new();
    private int? forcedCode;

    public SimulatedWorld World => world;

    public SimulatedInput Input => input;

    public (int Columns, int Rows) Terminal { get; set; } = (80, 24);

    /// <summary>Its exit code, once it has one.</summary>
    public Task<int> Ended => ended.Task;

    /// <summary>On return it has come to its first wait: who starts it may rely on the signals it heeds.</summary>
    public void Start(IReadOnlyList<string> command) => _ = Run(command);

    /// <summary>"TERM" or "SIGTERM".</summary>
    public void Signal(string name)
    {
        var plain = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        if (traps.TryGetValue(plain, out var script))
        {
            if (script.Length == 0) return;
            due.Enqueue(script);
            Volatile.Read(ref pause).Cancel();
            return;
        }
        _ = Task.Delay(world.StopDelay, world.Time, life.Token).ContinueWith(_ => End(128 + SignalNumber(plain)), TaskScheduler.Default);
    }

    /// <summary>Whatever it is doing.</summary>
    public void End(int code = Killed)
    {
        forcedCode ??= code;
        life.Cancel();
    }

    public void Trap(string signal, string script) => traps[signal.StartsWith("SIG", StringComparison.Ordinal) ? signal[3..] : signal] = script;

    /// <summary>A script that a signal has asked for meanwhile.</summary>
    public string? NextTrap() => due.TryDequeue(out var script) ? script : null;

    /// <summary>Waits, unless a signal wants to be answered. Its end ends it.</summary>
    public async Task Wait(Func<CancellationToken, Task> what)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, life.Token);
        try
        {
            await what(either.Token);
        }
        catch (OperationCanceledException) when (!life.IsCancellationRequested)
        {
            Volatile.Write(ref pause, new());
        }
    }

    public Task Say(StreamKind kind, ReadOnlyMemory<byte> data) => output.Write(kind, data, life.Token);

    public void Dispose() => life.Cancel();

    private async Task Run(IReadOnlyList<string> command)
    {
        var code = Killed;
        try
        {
            code = await new SimulatedShell(this, world).Run(command);
        }
        catch (OperationCanceledException)
        {
            code = forcedCode ?? Killed;
        }
        catch (IOException)
        {
            code = 1;
        }
        input.Close();
        output.End();
        ended.TrySetResult(code);
    }

    private static int SignalNumber(string name) => name switch { "HUP" => 1, "INT" => 2, "QUIT" => 3, "KILL" => 9, "USR1" => 10, "USR2" => 12, _ => 15 };
}

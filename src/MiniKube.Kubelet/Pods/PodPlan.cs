using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>What to do next for a pod, in order. Empty means that nothing is to be done before something changes or time passes.</summary>
public sealed record PodPlan(IReadOnlyList<PodStep> Steps)
{
    public static readonly PodPlan Nothing = new([]);

    public TimeSpan? RecheckAfter { get; init; }

    /// <summary>Containers held back after failures, by name: until when, and after how long a wait.</summary>
    public IReadOnlyDictionary<string, BackOffWait> HeldBack { get; init; } = new Dictionary<string, BackOffWait>();

    /// <summary>The one decision of the agent: the pod as declared against the pod as the engine has it.</summary>
    public static PodPlan For(PodSeen seen)
    {
        if (seen.Deleted) return Termination.Of(seen);
        if (Completion.IsOver(seen)) return Completion.WindUp(seen);
        if (SandboxStep.Of(seen) is { } sandbox) return sandbox;
        if (RestartAll.Of(seen) is { } ending) return ending;
        var draft = new PlanDraft(seen);
        if (InitStep.Run(draft)) MainStep.Run(draft);
        ResizeStep.Plan(draft);
        EphemeralStep.Run(draft);
        Leftovers.Remove(draft);
        if (Deadline.Left(seen) is { } left) draft.Recheck(left);
        return draft.ToPlan();
    }
}

public sealed record BackOffWait(TimeSpan Wait, DateTimeOffset Until);

/// <summary>The closed set of acts.</summary>
public abstract record PodStep
{
    private PodStep() { }

    public sealed record RunSandbox(int Attempt, bool Replaces) : PodStep;

    /// <summary>Ends the sandbox and takes it off the network.</summary>
    public sealed record StopSandbox(string Id) : PodStep;

    public sealed record RemoveSandbox(string Id) : PodStep;

    public sealed record Start(Container Container, ContainerKind Kind, int Attempt, TimeSpan BackOff) : PodStep
    {
        /// <summary>Made but never started: it goes first.</summary>
        public string? Discard { get; init; }
    }

    public sealed record Stop(ContainerInfo Container, TimeSpan Grace, string Message, bool Hooks = true, bool InTurn = true) : PodStep;

    /// <summary>Other limits for a container that goes on running.</summary>
    public sealed record Resize(ContainerInfo Container, ContainerResources Resources) : PodStep;

    /// <summary>Other limits for the pod as a whole.</summary>
    public sealed record ResizePod : PodStep;

    public sealed record Remove(ContainerInfo Container) : PodStep;

    /// <summary>Everything has ended: clean up, tell the API, forget.</summary>
    public sealed record Finish : PodStep;
}

public enum ContainerKind
{
    Init,
    Sidecar,
    Main,
    Ephemeral,
}

/// <summary>A plan in the making.</summary>
internal sealed class PlanDraft(PodSeen seen)
{
    private readonly List<PodStep> steps = [];
    private readonly Dictionary<string, BackOffWait> heldBack = [];
    private TimeSpan? recheck;

    public PodSeen Seen => seen;

    public void Add(PodStep step) => steps.Add(step);

    public void Recheck(TimeSpan after)
    {
        if (recheck is null || after < recheck) recheck = after;
    }

    public void HoldBack(string name, BackOffWait wait)
    {
        heldBack[name] = wait;
        Recheck(wait.Until - seen.Now);
    }

    public PodPlan ToPlan() => new(steps) { RecheckAfter = recheck, HeldBack = heldBack };
}

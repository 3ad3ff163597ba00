using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>Everything a decision about one pod looks at, taken at one moment. The pod is as declared, but for amounts that its node hasn't agreed to.</summary>
public sealed record PodSeen(Pod Pod, EngineState Engine, DateTimeOffset Now)
{
    /// <summary>By container id; absent means nothing was probed yet.</summary>
    public IReadOnlyDictionary<string, ProbeVerdict> Probes { get; init; } = new Dictionary<string, ProbeVerdict>();

    /// <summary>By container name: why the last attempt to start it came to nothing.</summary>
    public IReadOnlyDictionary<string, StartTrouble> Troubles { get; init; } = new Dictionary<string, StartTrouble>();

    /// <summary>Containers being stopped right now, by id.</summary>
    public IReadOnlySet<string> Stopping { get; init; } = new HashSet<string>();

    public string? PodIP { get; init; }
    public string HostIP { get; init; } = "";

    /// <summary>The node's memory, which shares of it are worked out from.</summary>
    public long NodeMemory { get; init; }

    /// <summary>Set when the pod asks for other amounts, which the node can't give it.</summary>
    public ResizeRefusal? ResizeRefusal { get; init; }

    /// <summary>What the pod was given as a whole, where it asks for something as a whole.</summary>
    public ResourceRequirements? GrantedResources { get; init; } = Pod.Status?.Resources;

    /// <summary>What is mounted read-only can be so with all that is mounted below it. Known of pods only that ask for it.</summary>
    public bool RecursiveReadOnly { get; init; }

    /// <summary>The engine by name, as it prefixes ids.</summary>
    public string Runtime { get; init; } = "docker";

    /// <summary>Removed from the API, or no longer of this node: nobody waits for it any more.</summary>
    public bool Gone { get; init; }

    /// <summary>Why the node ended the pod ("Evicted", "DeadlineExceeded"), if it did.</summary>
    public PodEnd? End { get; init; }

    /// <summary>By id, the ends of containers that only the status still knows.</summary>
    public IReadOnlyDictionary<string, ContainerStateTerminated> Ends { get; init; } = new Dictionary<string, ContainerStateTerminated>();

    /// <summary>Last words of ended containers, by id.</summary>
    public IReadOnlyDictionary<string, string> LastWords { get; init; } = new Dictionary<string, string>();

    public PodSpec Spec => Pod.Spec ?? new();
    public string RestartPolicy => Spec.RestartPolicy ?? "Always";
    public bool Deleted => Gone || Pod.Metadata.DeletionTimestamp is not null;
    public PodIdentity Identity => new(Pod.Metadata.Uid ?? "", Pod.Metadata.Namespace ?? "", Pod.Metadata.Name ?? "");

    /// <summary>The newest sandbox.</summary>
    public SandboxInfo? Sandbox { get; } = Engine.Sandboxes.MaxBy(s => s.Attempt);

    /// <summary>The container that stands for a name in the present sandbox, unless all are begun anew since it was made.</summary>
    public ContainerInfo? Current(string name)
    {
        ContainerInfo? newest = null;
        foreach (var container in Engine.Containers)
            if (container.Name == name && container.SandboxId == Sandbox?.Id && (newest is null || container.Attempt > newest.Attempt)) newest = container;
        return newest is null || RestartAll.IsPast(this, newest) ? null : newest;
    }

    /// <summary>The last container of a name, whatever sandbox it was in.</summary>
    public ContainerInfo? Latest(string name)
    {
        ContainerInfo? newest = null;
        foreach (var container in Engine.Containers)
            if (container.Name == name && (newest is null || container.Attempt > newest.Attempt)) newest = container;
        return newest;
    }

    public ContainerInfo? Before(ContainerInfo container)
    {
        ContainerInfo? newest = null;
        foreach (var other in Engine.Containers)
            if (other.Name == container.Name && other.Attempt < container.Attempt && (newest is null || other.Attempt > newest.Attempt)) newest = other;
        return newest;
    }

    public ProbeVerdict Verdict(ContainerInfo container) => Probes.GetValueOrDefault(container.Id, ProbeVerdict.Unknown);
}

/// <summary>What the probes of one container have said so far.</summary>
public sealed record ProbeVerdict(bool? Started, bool? Ready, bool LivenessFailed, bool StartupFailed)
{
    public static readonly ProbeVerdict Unknown = new(null, null, false, false);

    public bool HookDone { get; init; } = true;
}

/// <summary>Reason and message of a waiting container; nothing is tried before <paramref name="Until"/>.</summary>
public sealed record StartTrouble(string Reason, string Message, DateTimeOffset Until)
{
    /// <summary>Of the pod as it was asked for then; null where that doesn't matter.</summary>
    public long? Generation { get; init; }
}

/// <summary>An end that the node decided on.</summary>
public sealed record PodEnd(string Reason, string Message)
{
    /// <summary>What its containers have for it; null for as long as they ask for.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>What the event says, where it isn't the message.</summary>
    public string? Event { get; init; }
}

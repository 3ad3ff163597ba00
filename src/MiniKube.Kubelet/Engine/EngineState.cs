namespace MiniKube.Kubelet;

/// <summary>What the engine holds for pods. The only memory there is after a restart: everything else is derived from it.</summary>
public sealed record EngineState(IReadOnlyList<SandboxInfo> Sandboxes, IReadOnlyList<ContainerInfo> Containers)
{
    public static readonly EngineState Empty = new([], []);
}

/// <summary>The pod that a sandbox or container belongs to, kept in labels.</summary>
public sealed record PodIdentity(string Uid, string Namespace, string Name);

public sealed record SandboxInfo(string Id, PodIdentity Pod, int Attempt, bool Running, int Pid, DateTimeOffset CreatedAt)
{
    /// <summary>Where every container says anew which runtime it is for; "" otherwise.</summary>
    public string RuntimeHandler { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>What it was made with.</summary>
    public UserIds? Users => UserIds.Parse(Labels.GetValueOrDefault(Kubelet.Labels.Users));
}

public enum ContainerPhase
{
    Created,
    Running,
    Exited,
}

public sealed record ContainerInfo(string Id, PodIdentity Pod, string Name, int Attempt, ContainerPhase Phase)
{
    public string SandboxId { get; init; } = "";
    public string Image { get; init; } = "";
    public string ImageId { get; init; } = "";
    public int Pid { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public int ExitCode { get; init; }
    public bool OutOfMemory { get; init; }

    /// <summary>The engine's own word for how it ended, where it has one.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Why it could not start, in the engine's words.</summary>
    public string Error { get; init; } = "";

    /// <summary>Where its output is being written.</summary>
    public string LogPath { get; init; } = "";

    /// <summary>Where on the host the layer is that it writes to; empty when the engine doesn't say.</summary>
    public string LayerPath { get; init; } = "";

    /// <summary>The limits it has now; null when the engine doesn't say.</summary>
    public ContainerResources? Resources { get; init; }

    /// <summary>As whom its first process began; null when the engine doesn't say.</summary>
    public ProcessUser? User { get; init; }

    /// <summary>The signal that asks it to end; null when the engine doesn't say.</summary>
    public string? StopSignal { get; init; }

    public bool Tty { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public string? Label(string key) => Labels.GetValueOrDefault(key);
}

public sealed record ProcessUser(long User, long Group, IReadOnlyList<long> Groups);

namespace MiniKube.Kubelet;

/// <summary>What the API server asks of a node for the subresources of pods. In process here; over HTTPS on an agent's port.</summary>
public interface INodeApi
{
    /// <summary>Opens the log, or says in a sentence why there is none.</summary>
    Task<LogAnswer> Logs(string ns, string pod, string? podUid, LogOptions options, CancellationToken cancel);

    /// <summary>What containers said that are gone.</summary>
    IAsyncEnumerable<KeptLine> KeptLogs(KeptLogQuery query, CancellationToken cancel);

    Task<StreamAnswer> Exec(string ns, string pod, string? container, ExecRequest request, CancellationToken cancel);

    Task<StreamAnswer> Attach(string ns, string pod, string? container, ExecRequest request, CancellationToken cancel);

    /// <summary>A connection to a port inside the pod's network, loopback included.</summary>
    Task<(Stream? Connection, string? Refusal)> Connect(string ns, string pod, int port, CancellationToken cancel);
}

public sealed record LogOptions
{
    public string? Container { get; init; }
    public bool Follow { get; init; }
    public bool Previous { get; init; }
    public bool Timestamps { get; init; }
    public long? TailLines { get; init; }
    public long? LimitBytes { get; init; }
    public DateTimeOffset? Since { get; init; }

    /// <summary>"Stdout", "Stderr" or null for both.</summary>
    public string? Stream { get; init; }
}

public sealed record LogAnswer(IAsyncEnumerable<ReadOnlyMemory<byte>>? Lines, string? Refusal);

public sealed record StreamAnswer(IContainerStream? Stream, string? Refusal);

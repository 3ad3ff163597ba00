namespace MiniKube.Kinds.Core;

[Doc("What to run when a container has started or is about to stop.")]
public sealed record Lifecycle
{
    [Doc("Runs right after the container has started.")]
    public LifecycleHandler? PostStart { get; init; }

    [Doc("Runs before the container is stopped.")]
    public LifecycleHandler? PreStop { get; init; }

    [KeepEmpty, AllowedSignals]
    public string? StopSignal { get; init; }
}

public sealed record LifecycleHandler
{
    [Doc("A command; exit code 0 is success.")]
    public ExecAction? Exec { get; init; }

    [Doc("An HTTP request; any status from 200 to 399 is success.")]
    public HTTPGetAction? HttpGet { get; init; }

    public SleepAction? Sleep { get; init; }

    [Doc("A connection that must open.")]
    public TCPSocketAction? TcpSocket { get; init; }
}

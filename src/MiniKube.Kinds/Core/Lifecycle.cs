namespace MiniKube.Kinds.Core;

[Doc("What to run when a container has started or is about to stop.")]
public sealed record Lifecycle
{
    public LifecycleHandler? PostStart { get; init; }
    public LifecycleHandler? PreStop { get; init; }

    [KeepEmpty, AllowedSignals]
    public string? StopSignal { get; init; }
}

public sealed record LifecycleHandler
{
    public ExecAction? Exec { get; init; }
    public HTTPGetAction? HttpGet { get; init; }
    public SleepAction? Sleep { get; init; }
    public TCPSocketAction? TcpSocket { get; init; }
}

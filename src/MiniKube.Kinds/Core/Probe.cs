using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("A check that the kubelet repeats on a container.")]
public sealed record Probe
{
    public ExecAction? Exec { get; init; }

    [Default(3), OmitZero]
    public int? FailureThreshold { get; init; }

    public GRPCAction? Grpc { get; init; }
    public HTTPGetAction? HttpGet { get; init; }

    [OmitZero]
    public int? InitialDelaySeconds { get; init; }

    [Default(10), OmitZero]
    public int? PeriodSeconds { get; init; }

    [Default(1), OmitZero]
    public int? SuccessThreshold { get; init; }

    public TCPSocketAction? TcpSocket { get; init; }
    public long? TerminationGracePeriodSeconds { get; init; }

    [Default(1), OmitZero]
    public int? TimeoutSeconds { get; init; }
}

public sealed record ExecAction
{
    public IReadOnlyList<string>? Command { get; init; }
}

public sealed record GRPCAction
{
    [Required]
    public int? Port { get; init; }

    [Default(""), KeepEmpty]
    public string? Service { get; init; }
}

public sealed record HTTPGetAction
{
    public string? Host { get; init; }
    public IReadOnlyList<HTTPHeader>? HttpHeaders { get; init; }

    [Default("/")]
    public string? Path { get; init; }

    [Required]
    public IntOrString? Port { get; init; }

    [Default("HTTP"), Allowed("HTTP", "HTTPS")]
    public string? Scheme { get; init; }
}

public sealed record TCPSocketAction
{
    public string? Host { get; init; }

    [Required]
    public IntOrString? Port { get; init; }
}

public sealed record HTTPHeader
{
    [Required]
    public string? Name { get; init; }

    [Required, Zero]
    public string? Value { get; init; }
}

public sealed record SleepAction
{
    [Required]
    public long? Seconds { get; init; }
}

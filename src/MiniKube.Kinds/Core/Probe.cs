using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("A check that the kubelet repeats on a container.")]
public sealed record Probe
{
    [Doc("A command; exit code 0 is success.")]
    public ExecAction? Exec { get; init; }

    [Doc("Checks in a row that must fail.")]
    [Default(3), OmitZero]
    public int? FailureThreshold { get; init; }

    [Doc("A gRPC health check.")]
    public GRPCAction? Grpc { get; init; }

    [Doc("An HTTP request; any status from 200 to 399 is success.")]
    public HTTPGetAction? HttpGet { get; init; }

    [Doc("Seconds after the start before the first check.")]
    [OmitZero]
    public int? InitialDelaySeconds { get; init; }

    [Doc("Seconds between two checks.")]
    [Default(10), OmitZero]
    public int? PeriodSeconds { get; init; }

    [Doc("Checks in a row that must succeed.")]
    [Default(1), OmitZero]
    public int? SuccessThreshold { get; init; }

    [Doc("A connection that must open.")]
    public TCPSocketAction? TcpSocket { get; init; }

    public long? TerminationGracePeriodSeconds { get; init; }

    [Default(1), OmitZero]
    public int? TimeoutSeconds { get; init; }
}

public sealed record ExecAction
{
    [Doc("The program and its arguments.")]
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

    [Doc("Headers to send.")]
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

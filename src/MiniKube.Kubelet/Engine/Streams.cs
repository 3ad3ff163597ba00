namespace MiniKube.Kubelet;

public sealed record ExecRequest(IReadOnlyList<string> Command)
{
    public bool Stdin { get; init; }
    public bool Stdout { get; init; } = true;
    public bool Stderr { get; init; } = true;
    public bool Tty { get; init; }
}

public sealed record ExecResult(int ExitCode, string Output)
{
    /// <summary>What of the output was written as errors.</summary>
    public string Errors { get; init; } = "";
}

public enum StreamKind
{
    Stdout,
    Stderr,
}

/// <summary>The three streams of a process in a container.</summary>
public interface IContainerStream : IAsyncDisposable
{
    Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel = default);

    /// <summary>End of input.</summary>
    Task CloseInput(CancellationToken cancel = default);

    /// <summary>Output until the process closed it. The memory is valid until the next step of the enumeration.</summary>
    IAsyncEnumerable<(StreamKind Kind, ReadOnlyMemory<byte> Data)> Read(CancellationToken cancel = default);

    Task Resize(int columns, int rows, CancellationToken cancel = default);

    /// <summary>After the output has ended.</summary>
    Task<int> ExitCode(CancellationToken cancel = default);
}

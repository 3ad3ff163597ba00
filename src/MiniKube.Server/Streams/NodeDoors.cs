using System.Collections.Concurrent;

namespace MiniKube.Server.Streams;

/// <summary>What the server asks of the node that runs a pod. A refusal is a sentence for the client.</summary>
public interface INodeDoor
{
    Task<(IAsyncEnumerable<ReadOnlyMemory<byte>>? Lines, string? Refusal)> Logs(string ns, string pod, LogQuery query, CancellationToken cancel);

    Task<(IProcessDoor? Process, string? Refusal)> Open(string ns, string pod, ProcessQuery query, CancellationToken cancel);

    /// <summary>A connection to a port inside the pod.</summary>
    Task<(Stream? Connection, string? Refusal)> Connect(string ns, string pod, int port, CancellationToken cancel);

    /// <summary>What containers said there that are gone.</summary>
    IAsyncEnumerable<FoundLine> Search(LogSearchQuery query, CancellationToken cancel) => AsyncEnumerable.Empty<FoundLine>();

    /// <summary>Has the directory of a volume cleared away; why it wasn't, or null.</summary>
    Task<string?> Clear(string directory, CancellationToken cancel) => Task.FromResult<string?>("this node clears nothing away");

    /// <summary>A connection to the node's own port, where TLS is spoken; an IOException says why there is none.</summary>
    Task<Stream> Dial(CancellationToken cancel) => throw new IOException("this node has no port of its own");
}

public sealed record LogQuery(string Container)
{
    public bool Follow { get; init; }
    public bool Previous { get; init; }
    public bool Timestamps { get; init; }
    public long? TailLines { get; init; }
    public long? LimitBytes { get; init; }
    public DateTimeOffset? Since { get; init; }
    public string? Stream { get; init; }
}

/// <summary>Command is null for attaching to what runs already.</summary>
public sealed record ProcessQuery(string Container, IReadOnlyList<string>? Command, bool Stdin, bool Stdout, bool Stderr, bool Tty);

/// <summary>A process's streams, as far as the server needs them.</summary>
public interface IProcessDoor : IAsyncDisposable
{
    Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel);
    Task CloseInput(CancellationToken cancel);
    IAsyncEnumerable<(bool IsError, ReadOnlyMemory<byte> Data)> Read(CancellationToken cancel);
    Task Resize(int columns, int rows, CancellationToken cancel);
    Task<int> ExitCode(CancellationToken cancel);
}

/// <summary>The nodes that can be asked, by name: nodes of this process and agents that have dialled in.</summary>
public sealed class NodeDoors
{
    private readonly ConcurrentDictionary<string, INodeDoor> doors = new(StringComparer.Ordinal);

    public void Open(string node, INodeDoor door) => doors[node] = door;

    public void Close(string node) => doors.TryRemove(node, out _);

    /// <summary>Only if it is still this one: another may have taken its place.</summary>
    public void Close(string node, INodeDoor door) => doors.TryRemove(new(node, door));

    public IEnumerable<INodeDoor> All => doors.Values;

    public IEnumerable<string> Names => doors.Keys;

    public INodeDoor? Of(string node) => doors.GetValueOrDefault(node);
}

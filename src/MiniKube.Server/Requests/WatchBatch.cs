using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>Frames that are sent together.</summary>
public sealed class WatchBatch(IReadOnlyList<WatchFrame> frames)
{
    // Who watches all of a collection as it is stored, and keeps up, is handed the very same changes as all others who do.
    private static readonly ConditionalWeakTable<IReadOnlyList<StoreEvent>, ConcurrentDictionary<string, WatchBatch>> Known = [];

    private ArrayBufferWriter<byte>? encoded;

    public IReadOnlyList<WatchFrame> Frames { get; } = frames;

    /// <summary>Whether others are sent the same, so that putting it together once is worth it.</summary>
    public bool IsShared { get; private init; }

    /// <summary>All frames as they go over the wire, put together once. Who comes at the same time may do it twice; the result is the same.</summary>
    public ReadOnlyMemory<byte> Encoded => (encoded ??= Encode()).WrittenMemory;

    /// <summary>The batch of these changes in a namespace ("" for all), made by the first who asks.</summary>
    internal static WatchBatch Of(IReadOnlyList<StoreEvent> changes, string ns, Func<IReadOnlyList<StoreEvent>, List<WatchFrame>> make)
    {
        var batches = Known.GetOrAdd(changes, static _ => new(1, 1, StringComparer.Ordinal));
        return batches.TryGetValue(ns, out var known) ? known : batches.GetOrAdd(ns, new WatchBatch(make(changes)) { IsShared = true });
    }

    private ArrayBufferWriter<byte> Encode()
    {
        var writer = new ArrayBufferWriter<byte>(Math.Max(1, Frames.Sum(f => f.Length)));
        foreach (var frame in Frames) frame.WriteTo(writer);
        return writer;
    }
}

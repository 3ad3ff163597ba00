using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>Addresses out of the node's range, at which nobody answers.</summary>
public sealed class SimulatedNetwork : IPodNetwork
{
    private readonly ConcurrentDictionary<string, IPAddress> given = new();
    private readonly Abandoned abandoned = new();
    private readonly Lock gate = new();
    private IPNetwork? range;

    public bool IsPretended => true;

    public string? NotReadyReason => range is null ? "the node has not been assigned a range of pod addresses yet" : null;

    public void Open(string cidr) => range = IPNetwork.Parse(cidr);

    public Task<IPAddress> Attach(SandboxAttachment sandbox, CancellationToken cancel = default)
    {
        lock (gate)
        {
            var taken = given.Values.ToHashSet();
            var address = given.GetOrAdd(sandbox.SandboxId, _ => Addresses(range ?? throw new IOException(NotReadyReason)).First(a => !taken.Contains(a)));
            return Task.FromResult(address);
        }
    }

    public IPAddress? AddressOf(string sandboxId) => given.GetValueOrDefault(sandboxId);

    public Task Detach(string sandboxId, CancellationToken cancel = default)
    {
        given.TryRemove(sandboxId, out _);
        return Task.CompletedTask;
    }

    public Task Reclaim(IReadOnlySet<string> sandboxes, CancellationToken cancel = default)
    {
        foreach (var id in abandoned.Of(given.Keys, sandboxes)) given.TryRemove(id, out _);
        return Task.CompletedTask;
    }

    /// <summary>Without the first two, which are the network's and the node's own elsewhere.</summary>
    private static IEnumerable<IPAddress> Addresses(IPNetwork range)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(range.BaseAddress.GetAddressBytes());
        for (uint i = 2; i < 1L << 32 - range.PrefixLength; i++)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, first + i);
            yield return new IPAddress(bytes);
        }
        throw new IOException($"no address is left in {range}");
    }
}

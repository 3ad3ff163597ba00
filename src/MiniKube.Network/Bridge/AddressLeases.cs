using System.Net;
using MiniKube.Machinery;

namespace MiniKube.Network.Bridge;

/// <summary>Which sandbox has which address, in a file that outlives the process. Freed addresses are the last to be given again.</summary>
internal sealed class AddressLeases
{
    // Network address, bridge and broadcast are nobody's.
    private const uint FirstLease = 2;

    private readonly Lock gate = new();
    private readonly string path;
    private readonly Ipv4Range range;
    private readonly Dictionary<string, uint> byOwner = [];
    private readonly HashSet<uint> taken = [];
    private uint next = FirstLease;

    public AddressLeases(string path, Ipv4Range range)
    {
        this.path = path;
        this.range = range;
        Load();
    }

    public IReadOnlyList<string> Owners
    {
        get
        {
            lock (gate) return [.. byOwner.Keys];
        }
    }

    public IPAddress? Of(string owner)
    {
        lock (gate) return byOwner.TryGetValue(owner, out var address) ? Ipv4Range.Address(address) : null;
    }

    /// <summary>The owner's address, a new one if it has none; null when all are taken.</summary>
    public IPAddress? Lease(string owner)
    {
        lock (gate)
        {
            if (byOwner.TryGetValue(owner, out var known)) return Ipv4Range.Address(known);
            for (var tried = 0u; tried < range.Size - FirstLease - 1; tried++)
            {
                var address = range.First + next;
                next = next + 1 >= range.Size - 1 ? FirstLease : next + 1;
                if (!taken.Add(address)) continue;
                byOwner[owner] = address;
                Save();
                return Ipv4Range.Address(address);
            }
            return null;
        }
    }

    public bool Free(string owner)
    {
        lock (gate)
        {
            if (!byOwner.Remove(owner, out var address)) return false;
            taken.Remove(address);
            Save();
            return true;
        }
    }

    private void Load()
    {
        if (!File.Exists(path)) return;
        var stored = JsonReader.ReadMap(File.ReadAllBytes(path));
        foreach (var (owner, value) in stored.Map("leases") ?? [])
        {
            if (value is not JsonText text || !IPAddress.TryParse(text.Value, out var address) || !range.Contains(address)) continue;
            byOwner[owner] = Ipv4Range.Number(address);
            taken.Add(Ipv4Range.Number(address));
        }
        next = (uint)Math.Clamp(stored.Whole("next") ?? FirstLease, FirstLease, range.Size - 2);
    }

    private void Save()
    {
        var leases = new JsonMap();
        foreach (var (owner, address) in byOwner) leases.Set(owner, Ipv4Range.Address(address).ToString());
        var fresh = path + ".new";
        File.WriteAllBytes(fresh, JsonWriter.ToUtf8(new JsonMap { { "next", (long)next }, { "leases", leases } }));
        File.Move(fresh, path, overwrite: true);
    }
}

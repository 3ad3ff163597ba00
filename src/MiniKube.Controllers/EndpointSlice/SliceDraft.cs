using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Endpoints of one address family that offer the same ports.</summary>
public sealed record SliceSet(string AddressType, JsonList Ports, IReadOnlyList<JsonMap> Endpoints);

/// <summary>A slice in the making: one there is, with what it is to hold, or a new one.</summary>
public sealed class SliceDraft(SliceSet set, Item<Kinds.Discovery.EndpointSlice>? item, JsonMap? tree)
{
    public SliceSet Set => set;
    public Item<Kinds.Discovery.EndpointSlice>? Item => item;
    public JsonMap Tree => tree ?? [];
    public List<JsonMap> Endpoints { get; } = [];

    /// <summary>It must be written, so that writing more of it costs nothing.</summary>
    public bool Touched { get; set; } = item is null;

    /// <summary>Keeps, in their order, those of its endpoints that are still wanted.</summary>
    public void Keep(OrderedDictionary<string, JsonMap> missing, bool hintsToo)
    {
        var old = Tree.List("endpoints") ?? [];
        foreach (var endpoint in old.Maps())
        {
            if (!missing.Remove(Identity(endpoint), out var wanted)) continue;
            if (hintsToo && endpoint.Map("hints") is { } hints) wanted.Set("hints", hints);
            Endpoints.Add(wanted);
        }
        Touched = !new JsonList(Endpoints).SameAs(old);
    }

    public void Take(OrderedDictionary<string, JsonMap> missing, int most)
    {
        while (missing.Count > 0 && Endpoints.Count < most)
        {
            Endpoints.Add(missing.GetAt(0).Value);
            missing.RemoveAt(0);
            Touched = true;
        }
    }

    public static string Identity(JsonMap endpoint) =>
        endpoint.Map("targetRef")?.Text("uid") is { } uid ? $"{uid} {endpoint.List("addresses")}" : endpoint.List("addresses")!.ToString();
}

using System.Diagnostics.CodeAnalysis;
using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>Who depends on whom, by uid, kept up to date from the metadata of everything that can be deleted.</summary>
public sealed class ObjectGraph
{
    private const int MostRemembered = 20_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Item> objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> dependents = new(StringComparer.Ordinal);
    private readonly HashSet<string> gone = new(StringComparer.Ordinal);
    private readonly Queue<string> goneInOrder = new();

    public Item? Find(string uid)
    {
        lock (gate) return objects.GetValueOrDefault(uid);
    }

    public bool TryFind(string uid, [NotNullWhen(true)] out Item? item) => (item = Find(uid)) is not null;

    /// <summary>Seen to be deleted, so that nobody needs to ask.</summary>
    public bool IsKnownGone(string uid)
    {
        lock (gate) return gone.Contains(uid);
    }

    public IReadOnlyList<Item> DependentsOf(string uid)
    {
        lock (gate) return dependents.TryGetValue(uid, out var set) ? [.. set.Select(d => objects.GetValueOrDefault(d)).OfType<Item>()] : [];
    }

    public bool HasDependents(string uid)
    {
        lock (gate) return dependents.ContainsKey(uid);
    }

    public void Change(Item? old, Item? next)
    {
        lock (gate)
        {
            if (next is null)
            {
                Forget(old!);
                return;
            }
            foreach (var owner in old?.Meta.Owners ?? []) Unlink(owner.Uid, next.Uid);
            foreach (var owner in next.Meta.Owners)
            {
                if (!dependents.TryGetValue(owner.Uid, out var set)) dependents[owner.Uid] = set = new(StringComparer.Ordinal);
                set.Add(next.Uid);
            }
            objects[next.Uid] = next;
        }
    }

    private void Forget(Item last)
    {
        objects.Remove(last.Uid);
        foreach (var owner in last.Meta.Owners) Unlink(owner.Uid, last.Uid);
        if (!gone.Add(last.Uid)) return;
        goneInOrder.Enqueue(last.Uid);
        while (goneInOrder.Count > MostRemembered) gone.Remove(goneInOrder.Dequeue());
    }

    private void Unlink(string owner, string dependent)
    {
        if (!dependents.TryGetValue(owner, out var set)) return;
        set.Remove(dependent);
        if (set.Count == 0) dependents.Remove(owner);
    }
}

using System.Collections.Frozen;

namespace MiniKube.Store.Memory;

/// <summary>A state being changed by one thread. The states it came from and gives stay as they are.</summary>
internal sealed class Draft(FrozenDictionary<string, int> slots, Collection[] collections, long revision, IndexesOf indexes)
{
    private readonly List<(int Slot, Collection Was)> undo = [];
    private bool own;

    public long Revision { get; private set; } = revision;

    public Entry? Get(ObjectKey key) =>
        slots.TryGetValue(key.Collection, out var slot) ? collections[slot].Objects.Get(key.Namespace, key.Name) : null;

    public long NextRevision() => ++Revision;

    /// <summary>What comes after can be taken back with <see cref="Revert"/>.</summary>
    public long Mark()
    {
        undo.Clear();
        return Revision;
    }

    public void Revert(long mark)
    {
        for (var i = undo.Count - 1; i >= 0; i--) collections[undo[i].Slot] = undo[i].Was;
        undo.Clear();
        Revision = mark;
    }

    /// <summary>Puts the entry at its key, or removes what is there.</summary>
    public void Set(ObjectKey key, Entry? entry)
    {
        var slot = SlotOf(key.Collection);
        var was = collections[slot];
        var previous = was.Objects.Get(key.Namespace, key.Name);
        if (entry is null && previous is null) return;
        undo.Add((slot, was));
        collections[slot] = entry is null ? was.Without(previous!, Revision) : was.With(entry, previous, Revision);
    }

    public State Done()
    {
        own = false;
        return new(slots, collections, Revision);
    }

    private int SlotOf(string collection)
    {
        if (!own) (collections, own) = ([.. collections], true);
        if (slots.TryGetValue(collection, out var slot)) return slot;
        collections = [.. collections, Collection.Empty(collection, indexes(collection))];
        slots = State.Numbered(collections);
        return collections.Length - 1;
    }
}

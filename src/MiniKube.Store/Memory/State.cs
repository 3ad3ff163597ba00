using System.Collections.Frozen;

namespace MiniKube.Store.Memory;

/// <summary>Everything there is at a revision; never changed once made.</summary>
internal sealed class State(FrozenDictionary<string, int> slots, Collection[] collections, long revision) : ISnapshot
{
    private static readonly Collection LeftOut = Collection.Empty("", []);

    public static State At(long revision) => new(FrozenDictionary<string, int>.Empty, [], revision);

    public long Revision { get; } = revision;

    public IReadOnlyCollection<string> Collections => [.. collections.Where(c => c.Objects.Count > 0).Select(c => c.Name)];

    public Entry? Get(ObjectKey key) => Find(key.Collection)?.Objects.Get(key.Namespace, key.Name);

    public int Count(string collection, string? ns = null)
    {
        if (Find(collection) is not { } found) return 0;
        return ns is null ? found.Objects.Count : found.Objects.CountIn(ns);
    }

    public long Changed(string collection) => Find(collection)?.Changed ?? 0;

    /// <summary>Of all values together; counted now.</summary>
    public long Bytes => collections.Sum(c => c.Objects.List(null, null).Sum(entry => (long)entry.Size));

    public int Count() => collections.Sum(c => c.Objects.Count);

    public IEnumerable<Entry> List(string collection, string? ns = null, (string Namespace, string Name)? after = null) =>
        Find(collection)?.Objects.List(ns, after) ?? [];

    public IEnumerable<Entry> Where(string collection, IndexedTerm term, string value, string? ns = null,
        (string Namespace, string Name)? after = null) => Find(collection)?.Where(term, value, ns, after) ?? [];

    public ISnapshot Only(IReadOnlyList<string> wanted)
    {
        var kept = new Collection[collections.Length];
        Array.Fill(kept, LeftOut);
        foreach (var name in wanted)
            if (slots.TryGetValue(name, out var slot)) kept[slot] = collections[slot];
        return new State(slots, kept, Revision);
    }

    public IEnumerable<(Entry? Before, Entry? After)> Since(ISnapshot earlier, string collection) =>
        Difference.Between(((State)earlier).Find(collection)?.Objects ?? Tree.Empty, Find(collection)?.Objects ?? Tree.Empty);

    public Draft Edit(IndexesOf indexes) => new(slots, collections, Revision, indexes);

    /// <summary>A state of these entries, in any order, one for each key.</summary>
    public static State Of(IEnumerable<Entry> entries, long revision, IndexesOf indexes)
    {
        var filled = entries.GroupBy(entry => entry.Key.Collection).Select(group =>
        {
            var sorted = group.ToArray();
            Array.Sort(sorted, static (a, b) => Place.Compare(a.Key.Namespace, a.Key.Name, b.Key.Namespace, b.Key.Name));
            return Collection.Empty(group.Key, indexes(group.Key)).Filled(sorted);
        }).ToArray();
        return new(Numbered(filled), filled, revision);
    }

    /// <summary>The state before these changes, of which the last made this one.</summary>
    public State Before(IReadOnlyList<StoreEvent> changes, long revision, IndexesOf indexes)
    {
        var draft = new Draft(slots, collections, revision, indexes);
        for (var i = changes.Count - 1; i >= 0; i--) draft.Set(changes[i].Entry.Key, changes[i].Previous);
        return draft.Done();
    }

    internal static FrozenDictionary<string, int> Numbered(Collection[] collections) =>
        collections.Select((collection, i) => (collection.Name, i)).ToFrozenDictionary(pair => pair.Name, pair => pair.i, StringComparer.Ordinal);

    private Collection? Find(string collection) => slots.TryGetValue(collection, out var slot) ? collections[slot] : null;
}

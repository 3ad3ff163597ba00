using System.Collections.Immutable;

namespace MiniKube.Store.Memory;

/// <summary>The objects of one collection and its indexes; never changed once made.</summary>
internal sealed class Collection(string name, Tree objects, ImmutableArray<Index> indexes, long changed)
{
    public string Name { get; } = name;
    public Tree Objects { get; } = objects;

    /// <summary>The revision of its newest change, 0 when it is as it was read at start.</summary>
    public long Changed { get; } = changed;

    public static Collection Empty(string name, IReadOnlyList<IndexedTerm> indexed) =>
        new(name, Tree.Empty, [.. indexed.Select(term => new Index(term, ImmutableDictionary<string, Tree>.Empty))], 0);

    public Collection With(Entry entry, Entry? previous, long revision) =>
        new(Name, Objects.With(entry), indexes.IsEmpty ? indexes : [.. indexes.Select(index => index.With(entry, previous))], revision);

    public Collection Without(Entry previous, long revision) =>
        new(Name, Objects.Without(previous.Key.Namespace, previous.Key.Name),
            indexes.IsEmpty ? indexes : [.. indexes.Select(index => index.Without(previous))], revision);

    /// <summary>The same collection holding these entries (in order) instead.</summary>
    public Collection Filled(Entry[] sorted) => new(Name, Tree.Build(sorted), [.. indexes.Select(index => Index.Build(index.Term, sorted))], Changed);

    public IEnumerable<Entry> Where(IndexedTerm term, string value, string? ns, (string Namespace, string Name)? after)
    {
        foreach (var index in indexes)
            if (index.Term == term)
                return index.Of(value).List(ns, after);
        return Objects.List(ns, after).Where(entry => string.Equals(term.In(entry.Terms), value, StringComparison.Ordinal));
    }
}

/// <summary>From the value of a label or field to the objects that have it.</summary>
internal sealed class Index(IndexedTerm term, ImmutableDictionary<string, Tree> byValue)
{
    public IndexedTerm Term { get; } = term;

    public Tree Of(string value) => byValue.GetValueOrDefault(value, Tree.Empty);

    public Index With(Entry entry, Entry? previous)
    {
        var (now, before) = (Term.In(entry.Terms), previous is null ? null : Term.In(previous.Terms));
        var map = byValue;
        if (before is not null && before != now) map = Less(map, before, previous!);
        if (now is not null) map = map.SetItem(now, map.GetValueOrDefault(now, Tree.Empty).With(entry));
        return ReferenceEquals(map, byValue) ? this : new(Term, map);
    }

    public Index Without(Entry previous) =>
        Term.In(previous.Terms) is { } before ? new(Term, Less(byValue, before, previous)) : this;

    public static Index Build(IndexedTerm term, Entry[] sorted) =>
        new(term, sorted.Where(entry => term.In(entry.Terms) is not null).GroupBy(entry => term.In(entry.Terms)!)
            .ToImmutableDictionary(group => group.Key, group => Tree.Build([.. group])));

    private static ImmutableDictionary<string, Tree> Less(ImmutableDictionary<string, Tree> map, string value, Entry entry)
    {
        var left = map.GetValueOrDefault(value, Tree.Empty).Without(entry.Key.Namespace, entry.Key.Name);
        return left.Count == 0 ? map.Remove(value) : map.SetItem(value, left);
    }
}

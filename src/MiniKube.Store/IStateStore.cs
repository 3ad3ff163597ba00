using MiniKube.Store.Memory;

namespace MiniKube.Store;

/// <summary>
/// A revisioned log of keys and bytes, all current state in memory. Everything the server asks of a datastore is here;
/// nothing says how it is kept. Expected failures are <see cref="StoreFault"/> values.
/// </summary>
public interface IStateStore : IAsyncDisposable
{
    /// <summary>The revision of the newest acknowledged change.</summary>
    long Revision { get; }

    /// <summary>
    /// Changes up to and including this revision are gone: following from it on works, and the state at it is the oldest
    /// that can still be asked for.
    /// </summary>
    long Compacted { get; }

    /// <summary>
    /// Appends the changes atomically if every precondition holds against the state at the writer's turn; returns once
    /// they are durable. Each change takes one revision, in order. A change that fails its precondition fails the batch.
    /// A cancelled write gives <see cref="StoreFault.Cancelled"/> if its turn had not come, and goes on otherwise.
    /// </summary>
    ValueTask<WriteOutcome> WriteAsync(IReadOnlyList<Change> batch, CancellationToken cancel = default);

    /// <summary>How much there is of everything, in memory and on the disk.</summary>
    StoreStats Stats();

    /// <summary>The current object, from memory.</summary>
    Entry? Get(ObjectKey key);

    /// <summary>The current state, frozen: cheap to take, safe to enumerate while writers go on.</summary>
    ISnapshot Snapshot();

    /// <summary>The state as it was when <paramref name="revision"/> was the newest; null with a fault when gone or not yet written.</summary>
    ValueTask<(ISnapshot? Snapshot, StoreFault? Fault)> SnapshotAt(long revision, CancellationToken cancel = default);

    /// <summary>One object as it was at a revision, deleted ones included (Entry null when it did not exist then).</summary>
    ValueTask<(Entry? Entry, StoreFault? Fault)> GetAt(ObjectKey key, long revision, CancellationToken cancel = default);

    /// <summary>
    /// Follows the changes of a collection (null: all) after a revision. Fails with <see cref="StoreFault.Compacted"/>
    /// when that revision's successors are no longer all retained.
    /// </summary>
    ValueTask<(IFollower? Follower, StoreFault? Fault)> Follow(string? collection, long afterRevision, CancellationToken cancel = default);
}

/// <summary>Collection ("deployments.apps"), namespace ("" for cluster scope) and name.</summary>
public readonly record struct ObjectKey(string Collection, string Namespace, string Name)
{
    public override string ToString() => string.IsNullOrEmpty(Namespace) ? $"{Collection}/{Name}" : $"{Collection}/{Namespace}/{Name}";
}

/// <summary>What an index is kept for: a label, or a selectable field.</summary>
public readonly record struct IndexedTerm(bool IsLabel, string Name)
{
    public static IndexedTerm Label(string key) => new(true, key);
    public static IndexedTerm Field(string path) => new(false, path);

    public string? In(Terms terms) => IsLabel ? terms.Label(Name) : terms.Field(Name);
}

/// <summary>Supplied by the server: the terms of a collection that lists are often narrowed by.</summary>
public delegate IReadOnlyList<IndexedTerm> IndexesOf(string collection);

/// <summary>
/// The bytes of a value, given away to the store by whoever makes this, with, optionally, a hole where the decimal revision of the change goes: the revision is only
/// known at the writer's turn, and a stored object carries its own.
/// </summary>
public sealed record Template(ReadOnlyMemory<byte> Bytes, int RevisionAt = -1)
{
    /// <summary>The terms of the value, from somebody who has them at hand; null has the store take them out of the bytes.</summary>
    public Terms? Terms { get; init; }
}

public abstract record Change(ObjectKey Key)
{
    /// <summary>Create or replace. IfRevision: null always, 0 only if absent, otherwise only if the object is at that revision.</summary>
    public sealed record Put(ObjectKey Key, Template Value, long? IfRevision) : Change(Key);

    /// <summary>Removes what is there; fails where nothing is (unless IfRevision says 0: then nothing happens). LastState is what followers are shown (with the revision of the removal); null shows the stored bytes.</summary>
    public sealed record Delete(ObjectKey Key, long? IfRevision, Template? LastState = null) : Change(Key);

    /// <summary>Writes nothing: the batch fails unless the object is at that revision (0: absent).</summary>
    public sealed record Expect(ObjectKey Key, long Revision) : Change(Key);
}

/// <summary>An object at a revision.</summary>
public sealed class Entry
{
    private readonly TermsOf? termsOf;
    private Terms? terms;

    // The bytes as they are, or packed: one reference, so that readers see either.
    private object content;

    public Entry(ObjectKey key, byte[] value, long revision, long created, Terms? terms) =>
        (Key, content, Revision, Created, this.terms) = (key, value, revision, created, terms);

    /// <summary>An entry read back: its terms are only taken out when somebody asks.</summary>
    internal Entry(ObjectKey key, byte[] value, long revision, long created, TermsOf termsOf) : this(key, value, revision, created, (Terms?)null) =>
        this.termsOf = termsOf;

    private Entry(Entry last, long revision) =>
        (Key, content, Revision, Created, terms, termsOf, RepeatsPrior) = (last.Key, last.content, revision, last.Created, last.terms, last.termsOf, true);

    public ObjectKey Key { get; }

    /// <summary>Its final UTF-8 JSON, never changed. Of an object that has been left alone for a while each asking unpacks it again.</summary>
    public byte[] Value => content as byte[] ?? ((Packed)content).Unpack();

    /// <summary>How many bytes the value has.</summary>
    public int Size => content is byte[] plain ? plain.Length : ((Packed)content).Size;

    public long Revision { get; }

    /// <summary>The revision at which the object came into being.</summary>
    public long Created { get; }

    public Terms Terms => terms ??= termsOf?.Invoke(Key.Collection, Value) ?? Terms.None;

    /// <summary>The same at a later revision: what followers are shown when it is removed.</summary>
    internal Entry At(long revision) => new(this, revision);

    /// <summary>Made by <see cref="At"/>: the value is that of the entry before.</summary>
    internal bool RepeatsPrior { get; }

    internal void Pack()
    {
        if (content is byte[] plain && Packed.Of(plain) is { } packed) Volatile.Write(ref content, packed);
    }
}

/// <summary>What selectors look at, taken out once when the value is written: label and selectable-field pairs (name, value, name, value …).</summary>
public sealed record Terms(string[] Labels, string[] Fields)
{
    public static readonly Terms None = new([], []);

    public string? Label(string key) => Find(Labels, key);
    public string? Field(string path) => Find(Fields, path);

    private static string? Find(string[] pairs, string name)
    {
        for (var i = 0; i < pairs.Length; i += 2)
            if (string.Equals(pairs[i], name, StringComparison.Ordinal)) return pairs[i + 1];
        return null;
    }
}

/// <summary>Supplied by the server: takes the terms out of a value. Pure, called on the thread of the writing request.</summary>
public delegate Terms TermsOf(string collection, ReadOnlySpan<byte> value);

/// <summary>One change as followers see it.</summary>
public sealed class StoreEvent(long revision, bool deleted, Entry entry, Entry? previous)
{
    public long Revision { get; } = revision;
    public bool Deleted { get; } = deleted;

    /// <summary>The new state; for a removal the last state, carrying the revision of the removal.</summary>
    public Entry Entry { get; } = entry;

    /// <summary>The state before, null on creation.</summary>
    public Entry? Previous { get; } = previous;

}

/// <summary>State frozen at a revision. Enumeration is in order of (namespace, name).</summary>
public interface ISnapshot
{
    long Revision { get; }
    Entry? Get(ObjectKey key);
    int Count(string collection, string? ns = null);

    /// <summary>Objects of a collection, of one namespace when given, after a position (exclusive) when given.</summary>
    IEnumerable<Entry> List(string collection, string? ns = null, (string Namespace, string Name)? after = null);

    /// <summary>As List, but only the objects whose label or field has the value: by index where the collection has one, else by looking at each.</summary>
    IEnumerable<Entry> Where(string collection, IndexedTerm term, string value, string? ns = null, (string Namespace, string Name)? after = null);

    /// <summary>The collections that have objects.</summary>
    IReadOnlyCollection<string> Collections { get; }

    /// <summary>The revision of the newest change in a collection, 0 when there was none since the start: equal means unchanged.</summary>
    long Changed(string collection);

    /// <summary>These collections alone: for whoever keeps a state to compare later ones with, and nothing else of it alive.</summary>
    ISnapshot Only(IReadOnlyList<string> collections);

    /// <summary>Every object of a collection that is not what it was in another state of the same store; costs by how many those are, not by how many there are.</summary>
    IEnumerable<(Entry? Before, Entry? After)> Since(ISnapshot earlier, string collection);
}

/// <summary>A cursor over changes. Not for concurrent use; disposing it releases a reader that waits.</summary>
public interface IFollower : IDisposable
{
    /// <summary>Every change of the followed collection up to this revision has been returned. May be asked while a read waits.</summary>
    long Position { get; }

    /// <summary>
    /// Waits for the next changes, in order, without gap or duplicate. An empty list means only that
    /// <see cref="Position"/> moved on. Compacted when this reader fell too far behind; Cancelled when cancelled or disposed of.
    /// </summary>
    ValueTask<(IReadOnlyList<StoreEvent> Events, StoreFault? Fault)> ReadAsync(CancellationToken cancel);
}

/// <summary>Entries: for each change the entry as written (for a Delete the last state), null for an Expect; empty after a fault.</summary>
public readonly record struct WriteOutcome(StoreFault? Fault, IReadOnlyList<Entry?> Entries)
{
    public bool Ok => Fault is null;

    public static WriteOutcome Failed(StoreFault fault) => new(fault, []);
}

/// <summary>The closed set of expected failures.</summary>
public abstract record StoreFault(string Message)
{
    /// <summary>The change at Index did not find what it expected; Current is what is there now.</summary>
    public sealed record Precondition(int Index, Entry? Current) : StoreFault("a precondition does not hold");

    public sealed record TooLarge(ObjectKey Key, int Bytes, int Most) : StoreFault($"{Key}: {Bytes} bytes are more than the {Most} allowed");

    public sealed record BadKey(ObjectKey Key, string Why) : StoreFault($"{Key}: {Why}");

    /// <summary>The revision asked for is older than what is retained.</summary>
    public sealed record Compacted(long Oldest) : StoreFault($"revisions up to {Oldest} have been compacted");

    /// <summary>The revision asked for has not been written yet.</summary>
    public sealed record Future(long Newest) : StoreFault($"the newest revision is {Newest}");

    /// <summary>Whoever asked no longer wants it; nothing happened.</summary>
    public sealed record Cancelled() : StoreFault("the request was cancelled");

    /// <summary>The medium refuses: full, read-only, failing. Nothing of the batch is there; trying again later may work.</summary>
    public sealed record Unavailable(string Why) : StoreFault(Why);
}

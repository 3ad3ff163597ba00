using System.Collections.Concurrent;
using MiniKube.Store.Log;
using MiniKube.Store.Memory;
using MiniKube.Store.Sqlite;
using MiniKube.Store.Writing;

namespace MiniKube.Store;

/// <summary>The store: state and recent changes in memory, a writer in front of a log behind.</summary>
public sealed partial class StateStore : IStateStore
{
    private readonly ILog log;
    private readonly TermsOf termsOf;
    private readonly StoreOptions options;
    private readonly Writer writer;
    private readonly EventRing all;
    private readonly ConcurrentDictionary<string, EventRing> rings = new(StringComparer.Ordinal);
    private readonly long startedAt;
    private readonly CancellationTokenSource closing = new();
    private readonly Packing packing;
    private readonly Task maintenance;
    private volatile State state;
    private int disposed;

    internal StateStore(Func<EventRing, ILog> open, State initial, TermsOf termsOf, StoreOptions options, int allEvents, long allBytes, TimeProvider? clock = null)
    {
        (state, this.termsOf, this.options, startedAt) = (initial, termsOf, options, initial.Revision);
        all = new(allEvents, allBytes, startedAt);
        log = open(all);
        writer = new(Commit);
        packing = new(() => state, options.Packs);
        maintenance = Task.WhenAll(
            Task.Run(() => log.MaintainAsync(writer.RunAsync, closing.Token)),
            Task.Run(() => packing.RunAsync(clock ?? TimeProvider.System, closing.Token)));
    }

    /// <summary>Keeps nothing beyond the process; history is bounded by KeepRevisions and KeepBytes.</summary>
    public static StateStore InMemory(TermsOf? termsOf = null, StoreOptions? options = null)
    {
        options ??= new();
        return new(ring => new NoLog(ring), State.At(0), termsOf ?? (static (_, _) => Terms.None), options,
            (int)Math.Clamp(options.KeepRevisions, 1, 1 << 24), options.KeepBytes);
    }

    /// <summary>Opens the database at the path, or says why not and what to do about it.</summary>
    public static Task<OpenOutcome> OpenAsync(StoreOptions options, TermsOf? termsOf = null, TimeProvider? clock = null) => Task.Run(() =>
    {
        ArgumentException.ThrowIfNullOrEmpty(options.Path, nameof(StoreOptions.Path));
        termsOf ??= static (_, _) => Terms.None;
        var (log, loaded, refusal) = Opening.Open(options, termsOf, clock ?? TimeProvider.System);
        if (log is null || loaded is null) return new OpenOutcome(null, refusal);
        var state = State.Of(loaded.Entries, loaded.Revision, options.Indexes);
        return new(new(_ => log, state, termsOf, options, 4 * options.RecentEvents, 4 * options.RecentBytes, clock), null);
    });

    /// <summary>Puts a backup in the place of the store at the path, which must be closed; that one is moved aside. Revisions never come back.</summary>
    public static Task<RestoreOutcome> RestoreAsync(StoreOptions options, string backup, TermsOf? termsOf = null, TimeProvider? clock = null) => Task.Run(() =>
    {
        ArgumentException.ThrowIfNullOrEmpty(options.Path, nameof(StoreOptions.Path));
        return Restoring.Restore(options, backup, termsOf ?? (static (_, _) => Terms.None), clock ?? TimeProvider.System);
    });

    public long Revision => state.Revision;
    public long Compacted => log.Compacted;
    internal bool Closed { get; private set; }

    public Entry? Get(ObjectKey key) => state.Get(key);
    public ISnapshot Snapshot() => state;

    public ValueTask<WriteOutcome> WriteAsync(IReadOnlyList<Change> batch, CancellationToken cancel = default)
    {
        if (cancel.IsCancellationRequested) return new(WriteOutcome.Failed(new StoreFault.Cancelled()));
        if (Closed) return new(WriteOutcome.Failed(ClosedFault));
        if (batch.Count == 0) return new(new WriteOutcome(null, []));
        if (Limits.Check(batch) is { } fault) return new(WriteOutcome.Failed(fault));

        var terms = new Terms?[batch.Count];
        for (var i = 0; i < terms.Length; i++)
            terms[i] = batch[i] switch
            {
                Change.Put { Value.Terms: { } known } => known,
                Change.Delete { LastState.Terms: { } known } => known,
                Change.Put put => termsOf(put.Key.Collection, put.Value.Bytes.Span),
                Change.Delete { LastState: { } last } delete => termsOf(delete.Key.Collection, last.Bytes.Span),
                _ => null,
            };
        var pending = new Pending(batch, terms);
        pending.CancelWith(cancel);
        writer.Submit(pending);
        return pending.Outcome;
    }

    public async ValueTask<(IFollower? Follower, StoreFault? Fault)> Follow(string? collection, long afterRevision, CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        if (cancel.IsCancellationRequested) return (null, new StoreFault.Cancelled());
        if (Closed) return (null, ClosedFault);
        if (Reachable(afterRevision, Revision) is { } fault) return (null, fault);
        return (new Follower(this, collection is null ? all : RingOf(collection), collection, afterRevision), null);
    }

    /// <summary>Forgets the changes up to a revision. The state at it can still be asked for.</summary>
    public async Task<StoreFault?> CompactAsync(long revision)
    {
        if (revision > Revision) return new StoreFault.Future(Revision);
        if (revision <= Compacted) return new StoreFault.Compacted(Compacted);
        while (Compacted < revision)
            if (await writer.RunAsync(() => log.Compact(revision)) is { } fault)
                return fault;
        return null;
    }

    /// <summary>Seals everything on the disk, history included, as the sealer would now; beside the writers, a few milliseconds at a time.</summary>
    public async Task<StoreFault?> ResealAsync(CancellationToken cancel = default)
    {
        for (long? at = 0; at is { } after;)
        {
            if (cancel.IsCancellationRequested) return new StoreFault.Cancelled();
            if (Closed) return ClosedFault;
            (at, var fault) = await writer.RunAsync(() => log.Reseal(after));
            if (fault is not null) return fault;
        }

        return null;
    }

    /// <summary>Packs what has not changed since this was last asked.</summary>
    internal Task PackAsync() => packing.LookAsync(closing.Token);

    public StoreStats Stats()
    {
        var (now, size) = (state, log.Size());
        return new(now.Revision, Compacted, now.Count(), now.Bytes, size.FileBytes, size.FreeBytes, size.WalBytes);
    }

    /// <summary>Writes a copy of everything to a new file while serving, reads it back and checks it.</summary>
    public ValueTask<BackupOutcome> BackupAsync(string path, CancellationToken cancel = default) => log.BackupAsync(path, cancel);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1) return;
        Closed = true;
        await closing.CancelAsync();
        await maintenance;
        await writer.RunAsync(() => true);
        all.Pulse(Wake.Closed);
        foreach (var ring in rings.Values) ring.Pulse(Wake.Closed);
        writer.Dispose();
        await log.DisposeAsync();
        closing.Dispose();
    }

    /// <summary>Keeps a store's file from being opened until disposed; null, and the process that has it open, where it is open already.</summary>
    public static (IDisposable? Held, int Holder) KeepClosed(string path) => Sqlite.LockFile.Take(path);

    private static StoreFault.Unavailable ClosedFault => new("the store is closed");

    private EventRing RingOf(string collection) =>
        rings.GetOrAdd(collection, static (_, store) => new(store.options.RecentEvents, store.options.RecentBytes, store.startedAt), this);

    private StoreFault? Reachable(long revision, long newest)
    {
        if (revision > newest) return new StoreFault.Future(newest);
        var compacted = Compacted;
        return revision < compacted ? new StoreFault.Compacted(compacted) : null;
    }

    /// <summary>The writer's turn: decide each batch, make all of them durable at once, show them, answer.</summary>
    private void Commit(List<Pending> group)
    {
        var draft = state.Edit(options.Indexes);
        var events = new List<StoreEvent>(group.Count);
        var outcomes = new WriteOutcome[group.Count];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = Closed ? WriteOutcome.Failed(ClosedFault) : Turn.Apply(group[i], draft, events);

        if (events.Count > 0)
        {
            if (log.Append(events) is { } fault)
            {
                // Also those that only failed a precondition: what they were compared with may never have been.
                Array.Fill(outcomes, WriteOutcome.Failed(fault));
            }
            else Publish(draft.Done(), events);
        }

        for (var i = 0; i < outcomes.Length; i++) group[i].Complete(outcomes[i]);
    }

    private void Publish(State next, List<StoreEvent> events)
    {
        var changes = events.ToArray();
        all.Append(changes);
        var touched = new List<EventRing>(1);
        foreach (var part in changes.GroupBy(change => change.Entry.Key.Collection))
        {
            var ring = RingOf(part.Key);
            ring.Append([.. part]);
            touched.Add(ring);
        }

        // Only now may followers look: they read no further than the state's revision.
        state = next;
        all.Pulse();
        foreach (var ring in touched) ring.Pulse();
    }
}

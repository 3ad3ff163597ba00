namespace MiniKube.Store.Memory;

/// <summary>
/// The newest changes of one collection (or of all), bounded in number and bytes. One writer appends; any number of
/// readers look without a lock, and one that was overtaken while looking finds out.
/// </summary>
internal sealed class EventRing(int mostEvents, long mostBytes, long floor)
{
    private const int MostAtOnce = 1024;
    private const int Many = 32;

    // After a round of so many, before the next: what is written meanwhile costs each of them one reading and one sending.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(10);

    private sealed record View(StoreEvent?[] Slots, long First, long Next, long Floor, StoreEvent[] Newest, long NewestAfter)
    {
        public StoreEvent? this[long i] => Slots[i & (Slots.Length - 1)];
    }

    private sealed record Portion(long After, long UpTo, StoreEvent[] Changes);

    private readonly Lock gate = new();
    private HashSet<Follower> waiting = [];
    private bool rounds;
    private bool another;
    private long step = long.MaxValue;
    private volatile Portion? shared;
    private long bytes;
    private volatile View view = new(new StoreEvent?[16], 0, 0, floor, [], floor);

    /// <summary>Every change after this revision is still in the ring.</summary>
    public long Floor => view.Floor;

    /// <summary>
    /// How far followers are to read now. While they are served in rounds, up to where the round began: so all who keep up
    /// keep step, and whatever is made of the changes is made once for all of them.
    /// </summary>
    public long Step => Volatile.Read(ref step);

    /// <summary>Whether a change after this revision is in the ring or was.</summary>
    public bool HasAfter(long revision)
    {
        var now = view;
        return revision < (now.Newest.Length > 0 ? now.Newest[^1].Revision : now.Floor);
    }

    /// <summary>Changes after a revision in order, none if there are none, null if some of them are gone.</summary>
    public StoreEvent[]? Read(long after, long upTo = long.MaxValue, int most = MostAtOnce)
    {
        var now = view;
        if (after < now.Floor) return null;
        if (now.Newest.Length == 0 || now.Newest[^1].Revision <= after) return [];
        // A follower that keeps up gets the array every other one gets.
        if (after >= now.NewestAfter && after < now.Newest[0].Revision && upTo >= now.Newest[^1].Revision && now.Newest.Length <= most)
            return now.Newest;
        if (shared is { } known && known.After == after && known.UpTo == upTo && known.Changes.Length <= most) return known.Changes;

        var (low, high) = (now.First, now.Next);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (now[middle] is not { } change) return null;
            if (change.Revision <= after) low = middle + 1;
            else high = middle;
        }

        var found = new List<StoreEvent>((int)Math.Min(most, now.Next - low));
        for (var i = low; i < now.Next && found.Count < most; i++)
        {
            if (now[i] is not { } change) return null;
            if (change.Revision > upTo) break;
            found.Add(change);
        }

        if (view.First > low) return null;
        var changes = found.ToArray();
        if (changes.Length > 0 && most == MostAtOnce && upTo == Step) shared = new(after, upTo, changes);
        return changes;
    }

    /// <summary>By the writer only. Readers see the changes at once but are woken by <see cref="Pulse"/>.</summary>
    public void Append(StoreEvent[] changes)
    {
        if (changes.Length == 0) return;
        var now = view;
        var (first, dropped) = (now.First, now.Floor);
        foreach (var change in changes) bytes += Weight(change);
        var next = now.Next + changes.Length;
        while (next - first > 1 && (next - first > mostEvents || bytes > mostBytes))
        {
            var gone = first < now.Next ? now[first]! : changes[first - now.Next];
            (bytes, dropped) = (bytes - Weight(gone), gone.Revision);
            first++;
        }

        var slots = now.Slots;
        if (next - first > slots.Length)
        {
            slots = new StoreEvent?[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)(next - first))];
            for (var i = Math.Max(first, now.First); i < now.Next; i++) slots[i & (slots.Length - 1)] = now[i];
        }
        else if (first > now.First)
        {
            // Told before it is done: a reader who copied a slot that is reused below sees that First has moved.
            view = now with { First = first, Floor = dropped };
            for (var i = now.First; i < Math.Min(first, now.Next); i++) slots[i & (slots.Length - 1)] = null;
        }

        for (var i = Math.Max(first, now.Next); i < next; i++) slots[i & (slots.Length - 1)] = changes[i - now.Next];
        var newestAfter = now.Newest.Length > 0 ? now.Newest[^1].Revision : now.Floor;
        view = new(slots, first, next, dropped, changes, newestAfter);
    }

    /// <summary>By the writer only: drops the changes up to a revision.</summary>
    public void Forget(long revision)
    {
        var now = view;
        var first = now.First;
        for (; first < now.Next && now[first]!.Revision <= revision; first++) bytes -= Weight(now[first]!);
        view = now with { First = first, Floor = Math.Max(now.Floor, revision), Newest = first == now.Next ? [] : now.Newest };
        for (var i = now.First; i < first; i++) now.Slots[i & (now.Slots.Length - 1)] = null;
    }

    /// <summary>
    /// Wakes everybody who waits. Many of them are served in rounds, one after the other on one thread: meanwhile the
    /// writers have the other cores, and what they write then all followers get in the next round.
    /// </summary>
    public void Pulse(Wake reason = Wake.Changed)
    {
        HashSet<Follower> woken;
        lock (gate)
        {
            if (reason == Wake.Changed && (rounds || waiting.Count > Many))
            {
                another = true;
                if (rounds) return;
                rounds = true;
                ThreadPool.UnsafeQueueUserWorkItem(static ring => _ = ring.ServeInRounds(), this, preferLocal: false);
                return;
            }

            if (waiting.Count == 0) return;
            (woken, waiting) = (waiting, []);
        }

        foreach (var follower in woken) follower.Rouse(reason);
    }

    public void Wait(Follower follower)
    {
        lock (gate) waiting.Add(follower);
    }

    public void Leave(Follower follower)
    {
        lock (gate) waiting.Remove(follower);
    }

    private async Task ServeInRounds()
    {
        while (true)
        {
            HashSet<Follower> woken;
            lock (gate)
            {
                shared = null;
                if (!another)
                {
                    (rounds, step) = (false, long.MaxValue);
                    return;
                }

                another = false;
                // Before anybody can wait for the round after this one: who then looks for himself sees what this one brought.
                step = view.Newest is [.., var newest] ? newest.Revision : long.MaxValue;
                (woken, waiting) = (waiting, []);
            }

            foreach (var follower in woken) follower.RouseHere();
            await Task.Delay(Rest);
        }
    }

    // The previous state is usually also the newest entry of an earlier event.
    private static long Weight(StoreEvent change) => 256 + change.Entry.Size;
}

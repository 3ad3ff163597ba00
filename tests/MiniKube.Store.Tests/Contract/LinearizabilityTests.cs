using System.Globalization;
using static MiniKube.Store.Tests.Contract.Writes;

namespace MiniKube.Store.Tests.Contract;

/// <summary>
/// Whatever many clients do at once, there is one order of all of it that explains every answer and agrees with the time
/// each request took. Revisions name that order, which makes it checkable exactly.
/// </summary>
public sealed class LinearizabilityTests(string implementation) : StoreFixture(implementation)
{
    private const int Clients = 12, Steps = 400, Keys = 5;

    /// <summary>A request with the newest revision known before it was sent and after it was answered.</summary>
    private sealed record Step(long Before, long After, Change? Write, StoreFault? Fault, Entry? Seen, ObjectKey Key, long Ticket, long Answered);

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task A_random_concurrent_history_has_an_order_that_explains_it(int seed)
    {
        var store = Open();
        long time = 0;
        var steps = (await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => Client(new Random(seed * 1000 + client)))))).SelectMany(s => s).ToList();

        // The one order: what was written, by revision, without a gap.
        var written = steps.Where(s => s.Write is not null && s.Fault is null).OrderBy(s => s.Seen!.Revision).ToList();
        Assert.That(written.Select(s => s.Seen!.Revision), Is.EqualTo(Enumerable.Range(1, written.Count).Select(i => (long)i)));
        var states = new List<Dictionary<ObjectKey, Entry>> { new() };
        foreach (var step in written)
        {
            var state = new Dictionary<ObjectKey, Entry>(states[^1]);
            var expected = step.Write is Change.Put put ? put.IfRevision : ((Change.Delete)step.Write!).IfRevision;
            var current = state.GetValueOrDefault(step.Key);
            if (expected is not null) Assert.That(current?.Revision ?? 0, Is.EqualTo(expected), $"revision {step.Seen!.Revision} was written against another state");
            if (step.Write is Change.Put) state[step.Key] = step.Seen!;
            else Assert.That(state.Remove(step.Key), "something that was not there was deleted");
            states.Add(state);
        }

        // Every write happened while it was asked for, and one answered before another was sent comes first.
        foreach (var step in written) Assert.That(step.Seen!.Revision, Is.GreaterThan(step.Before).And.LessThanOrEqualTo(step.After));
        var latest = 0L;
        var answered = new PriorityQueue<long, long>(written.Select(s => (s.Seen!.Revision, s.Answered)));
        foreach (var step in written.OrderBy(s => s.Ticket))
        {
            while (answered.TryPeek(out var revision, out var at) && at < step.Ticket)
            {
                latest = Math.Max(latest, revision);
                answered.Dequeue();
            }

            Assert.That(step.Seen!.Revision, Is.GreaterThan(latest), "a write overtook one that had been answered");
        }

        // Every refusal and every read is true of some state that was current meanwhile.
        foreach (var step in steps.Where(s => s.Write is null || s.Fault is not null))
        {
            var seen = step.Fault is StoreFault.Precondition refused ? refused.Current : step.Seen;
            var explained = Enumerable.Range((int)step.Before, (int)(step.After - step.Before) + 1)
                .Any(revision => states[revision].GetValueOrDefault(step.Key)?.Revision == seen?.Revision);
            Assert.That(explained, $"{step.Write?.GetType().Name ?? "Get"} {step.Key}: {seen?.Revision} was never there between {step.Before} and {step.After}");
        }

        Assert.That(steps.Count(s => s.Fault is not null), Is.GreaterThan(50), "too few conflicts to mean anything");

        async Task<List<Step>> Client(Random random)
        {
            var mine = new List<Step>();
            for (var i = 0; i < Steps; i++)
            {
                var key = Key($"k{random.Next(Keys)}");
                var known = random.Next(2) == 0 ? store.Get(key) : mine.LastOrDefault(s => s.Key == key)?.Seen;
                Change? write = random.Next(6) switch
                {
                    0 => null,
                    1 => new Change.Put(key, Value("created"), 0),
                    2 => new Change.Delete(key, known?.Revision),
                    3 => new Change.Put(key, Value(i.ToString(CultureInfo.InvariantCulture)), null),
                    _ => new Change.Put(key, Value(i.ToString(CultureInfo.InvariantCulture)), known?.Revision ?? 0),
                };
                var (before, ticket) = (store.Revision, Interlocked.Increment(ref time));
                if (write is null)
                {
                    var seen = random.Next(2) == 0 ? store.Get(key) : store.Snapshot().Get(key);
                    mine.Add(new(before, store.Revision, null, null, seen, key, ticket, Interlocked.Increment(ref time)));
                    continue;
                }

                var outcome = await store.WriteAsync([write]);
                mine.Add(new(before, store.Revision, write, outcome.Fault, outcome.Ok ? outcome.Entries[0] : null, key, ticket, Interlocked.Increment(ref time)));
            }

            return mine;
        }
    }
}

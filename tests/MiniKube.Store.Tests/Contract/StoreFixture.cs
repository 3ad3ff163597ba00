using System.Text;

namespace MiniKube.Store.Tests.Contract;

/// <summary>What every implementation must do; each test gets a store of its own.</summary>
[TestFixture("memory")]
[TestFixture("sqlite")]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class StoreFixture(string implementation)
{
    private readonly TempStores stores = new(implementation);

    protected StateStore Open(StoreOptions? options = null) => stores.Open(options).GetAwaiter().GetResult();

    [TearDown]
    public async Task CloseStores() => await stores.DisposeAsync();
}

internal static class Writes
{
    public static ObjectKey Key(string name, string ns = "default", string collection = "pods") => new(collection, ns, name);

    public static Template Value(string text) => new(Encoding.UTF8.GetBytes(text));

    public static Change.Put Create(string name, string value = "v") => new(Key(name), Value(value), 0);

    public static Change.Put Put(string name, string value = "v", long? at = null) => new(Key(name), Value(value), at);

    public static Change.Delete Delete(string name, long? at = null) => new(Key(name), at);

    public static string Text(this Entry? entry) => entry is null ? "" : Encoding.UTF8.GetString(entry.Value);

    public static async Task<Entry> Must(this IStateStore store, Change change)
    {
        var outcome = await store.WriteAsync([change]);
        Assert.That(outcome.Fault, Is.Null);
        return outcome.Entries[0]!;
    }

    public static async Task<StoreFault> Refused(this IStateStore store, params Change[] batch)
    {
        var (before, outcome) = (store.Revision, await store.WriteAsync(batch));
        Assert.That(outcome.Fault, Is.Not.Null, "the write was expected to be refused");
        Assert.That(store.Revision, Is.EqualTo(before), "a refused write took a revision");
        return outcome.Fault!;
    }

    public static async Task<IFollower> MustFollow(this IStateStore store, long after, string? collection = "pods")
    {
        var (follower, fault) = await store.Follow(collection, after);
        Assert.That(fault, Is.Null);
        return follower!;
    }

    /// <summary>Reads until so many changes have come.</summary>
    public static async Task<List<StoreEvent>> Take(this IFollower follower, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var seen = new List<StoreEvent>();
        while (seen.Count < count)
        {
            var (events, fault) = await follower.ReadAsync(patience.Token);
            Assert.That(fault, Is.Null, $"after {seen.Count} changes of {count}");
            seen.AddRange(events);
        }

        return seen;
    }
}

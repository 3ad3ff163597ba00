using System.Globalization;
using System.Text;

namespace MiniKube.Store.Tests.Durability;

/// <summary>A process that writes as fast as it can and says what was acknowledged, until it is killed.</summary>
public static class Victim
{
    public const int Writers = 8;

    public static async Task<int> Main(string[] args)
    {
        var outcome = await StateStore.OpenAsync(new StoreOptions { Path = args[0], KeepRevisions = 2000, KeepFor = TimeSpan.Zero });
        if (outcome.Store is not { } store)
        {
            await Console.Error.WriteLineAsync(outcome.Refusal!.Message);
            return 1;
        }

        var output = Console.OpenStandardOutput();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var n = LastOf(store, writer) + 1; ; n++)
            {
                var write = await store.WriteAsync([.. Pair(writer, n)]);
                if (!write.Ok) throw new InvalidOperationException(write.Fault!.Message);
                var line = Encoding.ASCII.GetBytes($"{writer} {n} {write.Entries[^1]!.Revision}\n");
                lock (output) output.Write(line);
            }
        })));
        return 0;
    }

    /// <summary>Two objects that always change together, and now and then one that only exists between two changes.</summary>
    private static IEnumerable<Change> Pair(int writer, long n)
    {
        var body = new Template(Encoding.ASCII.GetBytes($"{n} {new string('x', (int)(n * 37 % 6000))}"));
        yield return new Change.Put(Left(writer), body, null);
        yield return new Change.Put(Right(writer), body, null);
        if (n % 2 == 0) yield return new Change.Put(Passing(writer), body, 0);
        else if (n > 1) yield return new Change.Delete(Passing(writer), null);
    }

    public static ObjectKey Left(int writer) => new("pairs", "left", $"w{writer}");
    public static ObjectKey Right(int writer) => new("pairs", "right", $"w{writer}");
    public static ObjectKey Passing(int writer) => new("passing", "", $"w{writer}");

    public static long LastOf(StateStore store, int writer) => store.Get(Left(writer)) is { } entry ? NumberIn(entry) : 0;

    public static long NumberIn(Entry entry) => long.Parse(Encoding.ASCII.GetString(entry.Value).Split(' ')[0], CultureInfo.InvariantCulture);
}

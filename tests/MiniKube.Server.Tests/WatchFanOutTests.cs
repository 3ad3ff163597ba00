using System.Buffers;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>Many who watch while many write: they share what they are sent, and each still sees all of its own and nothing else, in order.</summary>
[TestFixture]
public sealed class WatchFanOutTests
{
    private const int Writes = 120;

    [Test]
    public async Task Everybody_gets_all_of_his_own_in_order()
    {
        await using var server = await TestServer.Start();
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        (string Path, Func<string, bool> Wants)[] kinds =
        [
            ("/api/v1/configmaps", _ => true),
            ("/api/v1/namespaces/ref/configmaps", n => n.StartsWith("ref/", StringComparison.Ordinal)),
            ("/api/v1/namespaces/ref2/configmaps", n => n.StartsWith("ref2/", StringComparison.Ordinal)),
            ("/api/v1/configmaps?fieldSelector=metadata.name%3Dm7", n => n.EndsWith("/m7", StringComparison.Ordinal)),
        ];
        var start = server.Assembly.Context.Store.Revision;
        var watches = new List<(Func<string, bool> Wants, Task<List<string>> Seen)>();
        for (var i = 0; i < 60; i++)
        {
            var (path, wants) = kinds[i % kinds.Length];
            var response = await server.Raw("GET", $"{path}{(path.Contains('?') ? '&' : '?')}watch=1&resourceVersion={start}", cancel: stop.Token);
            var expected = Names().Count(wants);
            watches.Add((wants, Task.Run(() => Collect((ApiResponse.Frames)response, expected, stop.Token))));
        }
        await Parallel.ForEachAsync(Names(), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (name, _) =>
        {
            var (ns, own) = (name.Split('/')[0], name.Split('/')[1]);
            var (code, body) = await server.Send("POST", $"/api/v1/namespaces/{ns}/configmaps", $$$"""{"metadata":{"name":"{{{own}}}"}}""");
            Assert.That(code, Is.EqualTo(201), body.ToString());
        });
        var order = (await server.Send("GET", "/api/v1/configmaps")).Body.List("items")!.Maps().Select(m => m.Map("metadata")!).OrderBy(m => long.Parse(m.Text("resourceVersion")!, System.Globalization.CultureInfo.InvariantCulture))
            .Where(m => m.Text("name")![0] == 'm').Select(m => $"{m.Text("namespace")}/{m.Text("name")}").ToList();
        foreach (var (wants, seen) in watches) Assert.That(await seen, Is.EqualTo(order.Where(wants)));
    }

    private static IEnumerable<string> Names() => Enumerable.Range(0, Writes).SelectMany(i => new[] { $"ref/m{i}", $"ref2/m{i}" });

    private static async Task<List<string>> Collect(ApiResponse.Frames watch, int expected, CancellationToken cancel)
    {
        var names = new List<string>();
        await foreach (var batch in watch.Content.WithCancellation(cancel))
        {
            var one = new ArrayBufferWriter<byte>();
            foreach (var frame in batch.Frames) frame.WriteTo(one);
            Assert.That(batch.Encoded.Span.SequenceEqual(one.WrittenSpan), Is.True, "put together is the same as one by one");
            foreach (var line in Encoding.UTF8.GetString(batch.Encoded.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var metadata = JsonReader.ReadMap(Encoding.UTF8.GetBytes(line)).Map("object")!.Map("metadata")!;
                names.Add($"{metadata.Text("namespace")}/{metadata.Text("name")}");
            }
            if (names.Count >= expected) return names;
        }
        return names;
    }
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Scheduler.Configuration;

namespace MiniKube.Cluster.Tests;

/// <summary>
/// Every file in Stories: what somebody does, step by step, and what an upstream control plane has made of it after each step and in
/// the end told of it in Events: those under "events" somewhen, those under "inOrder" one after the other and each by an Event of its own.
/// A story may bring a configuration of its own for the scheduler. What is expected may leave out what doesn't matter; in texts "*" stands for anything, and a member that is null must be absent.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StoryTests : IAsyncDisposable
{
    private readonly List<TestCluster> clusters = [];

    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Stories");

    private static IEnumerable<string> Stories() => Directory.EnumerateFiles(Folder, "*.yaml").Select(Path.GetFileNameWithoutExtension).Order()!;

    [TestCaseSource(nameof(Stories))]
    public async Task Goes_as_upstream(string name)
    {
        var story = (JsonMap)YamlReader.Read(await File.ReadAllTextAsync(Path.Combine(Folder, name + ".yaml")));
        var cluster = await TestCluster.Start(scheduling: story.Map("scheduler") is { } scheduler ? SchedulerConfiguration.Read(scheduler.ToString()).Configuration : null);
        clusters.Add(cluster);
        await cluster.Until<ServiceAccount>("default", _ => true);
        await cluster.UntilAll<Node>(nodes => nodes.Count(n => n.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true) == 3);
        foreach (var step in story.List("steps")!.Maps())
        {
            await Act(cluster, step);
            foreach (var expected in (step.List("expect") ?? []).Maps())
                await Expect(cluster, $"{name}, {step.Text("step")}", expected);
        }
        foreach (var line in (story.List("events") ?? []).Texts())
            await cluster.Until(async () => (await Told(cluster)).Any(e => Like(line, e)), async () => $"{name}: no event\n{line}\nbut\n{string.Join('\n', await Told(cluster))}");
        var inOrder = (story.List("inOrder") ?? []).Texts().ToArray();
        await cluster.Until(async () => Follow(inOrder, await Told(cluster)), async () => $"{name}: not in that order\n{string.Join('\n', await Told(cluster))}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in clusters) await cluster.DisposeAsync();
    }

    private static async Task Act(TestCluster cluster, JsonMap step)
    {
        foreach (var manifest in (step.List("create") ?? []).Maps())
            Check(step, (await cluster.Api.Create(RefOf(manifest), NamespaceOf(manifest), JsonWriter.ToUtf8(manifest))).Error);
        foreach (var gone in (step.List("delete") ?? []).Maps())
            Check(step, (await cluster.Api.Delete(RefOf(gone), NamespaceOf(gone), gone.Text("name")!, new DeleteQuery { GracePeriodSeconds = gone.Whole("gracePeriodSeconds") })).Error);
        if (step.Text("evict") is { } evicted)
        {
            var names = (await cluster.List<Pod>()).Select(p => p.Name).Where(n => Like(evicted, n)).ToArray();
            Assert.That(names, Is.Not.Empty);
            foreach (var pod in names)
            {
                var eviction = new JsonMap { { "apiVersion", "policy/v1" }, { "kind", "Eviction" }, { "metadata", new JsonMap { { "name", pod } } } };
                Check(step, (await cluster.Api.Create(Resources.RefOf<Pod>(), "default", JsonWriter.ToUtf8(eviction), pod, "eviction")).Error);
            }
        }
        if (step.Map("patch") is not { } patch) return;
        foreach (var item in await All(cluster, patch))
        {
            var target = item.Map("metadata")!.Text("name")!;
            if (!Like(patch.Text("name")!, target)) continue;
            var done = await cluster.Api.Patch(RefOf(patch), NamespaceOf(patch), target, PatchKind.Strategic, JsonWriter.ToUtf8(patch["with"]!), patch.Text("subresource"));
            Assert.That(done.Error?.Message, Is.Null);
        }
    }

    private static void Check(JsonMap step, ApiError? error)
    {
        Assert.That(error?.Message ?? "", Is.EqualTo(step.Text("refused") ?? ""));
        if (step.Whole("code") is { } code) Assert.That(error?.Code, Is.EqualTo(code));
        if (step.Text("because") is { } because) Assert.That(error?.Causes.Select(c => c.Message), Does.Contain(because));
    }

    /// <summary>As many objects as "count" says (one unless said) look like this and, for a count of zero, none.</summary>
    private static Task Expect(TestCluster cluster, string where, JsonMap expected)
    {
        var (count, like) = (expected.Whole("count") ?? 1, expected.CloneMap());
        like.Remove("count");
        return cluster.Until(
            async () => (await All(cluster, expected)).Count(o => Matches(like, o)) == count,
            async () => $"{where}: not {count} like\n{like}\nbut\n{string.Join('\n', (await All(cluster, expected)).Select(o => o.ToString()))}");
    }

    private static async Task<IReadOnlyList<JsonMap>> All(TestCluster cluster, JsonMap kind)
    {
        var list = await cluster.Api.List(RefOf(kind), NamespaceOf(kind));
        Assert.That(list.Error?.Message, Is.Null);
        var items = list.Value.Items.Select(i => JsonReader.ReadMap(i.Span)).ToArray();
        foreach (var item in items)
        {
            item.Set("apiVersion", kind.Text("apiVersion")!);
            item.Set("kind", kind.Text("kind")!);
            item.Map("metadata")!.Remove("managedFields");
        }
        return items;
    }

    /// <summary>In the order of their telling: the number at the end of an Event's name grows with each one that a component tells.</summary>
    private static async Task<IReadOnlyList<string>> Told(TestCluster cluster) =>
        [.. (await All(cluster, new() { { "apiVersion", "v1" }, { "kind", "Event" } }))
            .OrderBy(e => long.Parse(e.Map("metadata")!.Text("name")!.Split('.')[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).Select(e =>
            $"{e.Map("involvedObject")!.Text("kind")} {e.Text("type")} {e.Text("reason")} {Teller(e)}: {e.Text("message")}")];

    private static string? Teller(JsonMap e) => e.Map("source")?.Text("component") ?? e.Text("reportingComponent");

    private static bool Follow(string[] expected, IReadOnlyList<string> told)
    {
        var met = 0;
        foreach (var line in told)
            if (met < expected.Length && Like(expected[met], line)) met++;
        return met == expected.Length;
    }

    private static bool Matches(Json expected, Json? got) => (expected, got) switch
    {
        (JsonNull, null or JsonNull) => true,
        (JsonMap e, JsonMap g) => e.All(m => Matches(m.Value, g[m.Key])),
        (JsonList e, JsonList g) => e.Count == g.Count && e.Zip(g).All(p => Matches(p.First, p.Second)),
        (JsonText e, JsonText g) => Like(e.Value, g.Value),
        _ => expected.SameAs(got),
    };

    private static bool Like(string pattern, string text) =>
        Regex.IsMatch(text, new StringBuilder("^").Append(Regex.Escape(pattern).Replace("\\*", ".*")).Append('$').ToString(), RegexOptions.Singleline);

    private static ResourceRef RefOf(JsonMap obj)
    {
        var (version, kind) = (obj.Text("apiVersion")!.Split('/'), obj.Text("kind")!);
        return new(version.Length == 1 ? "" : version[0], version[^1], kind.ToLowerInvariant() + (kind.EndsWith("ss", StringComparison.Ordinal) ? "es" : kind.EndsWith('s') ? "" : "s"));
    }

    private static string? NamespaceOf(JsonMap obj) =>
        obj.Text("kind") is "PersistentVolume" or "Node" or "Namespace" or "PriorityClass" or "StorageClass" ? null : obj.Text("namespace") ?? obj.Map("metadata")?.Text("namespace") ?? "default";
}

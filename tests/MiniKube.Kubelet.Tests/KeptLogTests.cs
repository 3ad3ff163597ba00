using System.Globalization;
using MiniKube.Kubelet.Logs;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests;

/// <summary>What stays of containers that are gone.</summary>
[TestFixture]
public sealed class KeptLogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<string> complaints = [];
    private string directory = "";
    private DateTimeOffset now;

    [SetUp]
    public void Begin()
    {
        directory = Directory.CreateTempSubdirectory("minik-kept-").FullName;
        now = Noon;
        complaints.Clear();
    }

    [TearDown]
    public void End()
    {
        Directory.Delete(directory, recursive: true);
        Assert.That(complaints, Is.Empty);
    }

    [Test]
    public async Task Whatever_the_engine_wrote_is_found_after_its_files_are_gone()
    {
        using var kept = Kept();
        var docker = Container("a", """{"log":"said in ","stream":"stdout","time":"2026-03-01T11:00:00.5Z"}""", """{"log":"pieces\n","stream":"stdout","time":"2026-03-01T11:00:00.6Z"}""");
        File.Move(docker.LogPath, docker.LogPath + ".1");
        await File.WriteAllTextAsync(docker.LogPath, """{"log":"no end","stream":"stderr","time":"2026-03-01T11:00:01Z"}""" + "\n");
        var cri = Container("b", "2026-03-01T11:00:02.000000001Z stdout F said at once");
        foreach (var container in (ContainerInfo[])[docker, cri])
        {
            kept.Take(container, new Dictionary<string, string> { ["app"] = container.Name });
            foreach (var file in Directory.GetFiles(directory, container.Id + "*")) File.Delete(file);
        }
        Assert.That(await Found(kept, new()), Is.EqualTo((string[])["ns/pod-a/a: said in pieces", "ns/pod-a/a: no end", "ns/pod-b/b: said at once"]));
        Assert.That(await Found(kept, new() { Text = "SAID", IgnoreCase = true, Labels = LabelSelector.Parse("app!=a").Value }), Is.EqualTo((string[])["ns/pod-b/b: said at once"]));
        Assert.That(await Found(kept, new() { Text = "SAID" }), Is.Empty);
        Assert.That(Directory.GetFiles(Path.Combine(directory, "kept")).Select(f => File.GetUnixFileMode(f) & (UnixFileMode)0b111_111), Has.All.EqualTo(UnixFileMode.None), "readable for others");
    }

    [Test]
    public async Task Names_and_times_narrow_the_search()
    {
        using var kept = Kept();
        kept.Take(Container("a", "2026-03-01T10:00:00Z stdout F early", "2026-03-01T11:00:00Z stdout F late"), null);
        kept.Take(Container("b", "2026-03-01T11:30:00Z stdout F later"), null);
        Assert.That(await Found(kept, new() { Since = Noon.AddMinutes(-90) }), Is.EqualTo((string[])["ns/pod-a/a: late", "ns/pod-b/b: later"]));
        Assert.That(await Found(kept, new() { Until = Noon.AddMinutes(-90) }), Is.EqualTo((string[])["ns/pod-a/a: early"]));
        Assert.That(await Found(kept, new() { Pod = "pod-b" }), Is.EqualTo((string[])["ns/pod-b/b: later"]));
        Assert.That(await Found(kept, new() { Container = "b" }), Is.EqualTo((string[])["ns/pod-b/b: later"]));
        Assert.That(await Found(kept, new() { Namespace = "other" }), Is.Empty);
        Assert.That(await Found(kept, new() { BornAfter = Noon }), Is.Empty);
    }

    [Test]
    public async Task A_restart_in_between_loses_nothing_and_tells_nothing_twice()
    {
        var container = Container("a", "2026-03-01T10:00:00Z stdout F once");
        using (var before = Kept()) before.Take(container, null);
        using (var after = Kept())
        {
            Assert.That(await Found(after, new()), Is.EqualTo((string[])["ns/pod-a/a: once"]));
            after.Take(container, null);
            Assert.That(await Found(after, new()), Is.EqualTo((string[])["ns/pod-a/a: once"]));
        }
        // Cut off before it was whole: nobody's, and no obstacle.
        Directory.CreateDirectory(Path.Combine(directory, "kept", "coming", "id-c"));
        await File.WriteAllTextAsync(Path.Combine(directory, "kept", "coming", "id-c", "0"), "half");
        using var last = Kept();
        last.Take(Container("c", "2026-03-01T10:00:01Z stdout F whole"), null);
        Assert.That(await Found(last, new()), Is.EqualTo((string[])["ns/pod-a/a: once", "ns/pod-c/c: whole"]));
    }

    [Test]
    public async Task The_oldest_go_when_there_is_too_much_and_the_too_old_in_any_case()
    {
        using var kept = Kept(bytes: 2 * 4096);
        foreach (var hour in (int[])[8, 9, 10]) kept.Take(Container($"h{hour}", string.Create(CultureInfo.InvariantCulture, $"2026-03-01T{hour:00}:00:00Z stdout F {hour}")), null);
        await kept.Settle(default);
        Assert.That(await Found(kept, new()), Is.EqualTo((string[])["ns/pod-h9/h9: 9", "ns/pod-h10/h10: 10"]));
        now = Noon.AddDays(7).AddHours(-2.5);
        await kept.Settle(default);
        Assert.That(await Found(kept, new()), Is.EqualTo((string[])["ns/pod-h10/h10: 10"]));
    }

    [TestCase(0, 7)]
    [TestCase(1 << 20, 0)]
    public async Task Who_keeps_nothing_writes_nothing(long bytes, int days)
    {
        using var kept = Kept(bytes, days);
        kept.Take(Container("a", "2026-03-01T10:00:00Z stdout F gone"), null);
        await kept.Settle(default);
        Assert.That(Directory.Exists(Path.Combine(directory, "kept")), Is.False);
    }

    [Test]
    public async Task Who_said_nothing_leaves_nothing()
    {
        using var kept = Kept();
        kept.Take(Container("silent"), null);
        kept.Take(new("id-none", new("u", "ns", "p"), "none", 0, ContainerPhase.Created), null);
        await kept.Settle(default);
        Assert.That(Directory.Exists(Path.Combine(directory, "kept")), Is.False);
    }

    private KeptLogs Kept(long bytes = 1 << 20, int days = 7) => new(Path.Combine(directory, "kept"), bytes, TimeSpan.FromDays(days), new Clock(() => now), complaints.Add);

    private ContainerInfo Container(string name, params string[] lines)
    {
        var log = Path.Combine(directory, $"id-{name}.log");
        File.WriteAllText(log, string.Concat(lines.Select(l => l + "\n")));
        return new($"id-{name}", new("uid", "ns", $"pod-{name}"), name, 0, ContainerPhase.Exited) { LogPath = log, CreatedAt = Noon.AddHours(-5) };
    }

    private static async Task<string[]> Found(KeptLogs kept, KeptLogQuery query)
    {
        var found = new List<string>();
        await foreach (var line in kept.Search(query, default)) found.Add($"{line.Namespace}/{line.Pod}/{line.Container}: {line.Text}");
        return [.. found];
    }

    private sealed class Clock(Func<DateTimeOffset> now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now();
    }
}

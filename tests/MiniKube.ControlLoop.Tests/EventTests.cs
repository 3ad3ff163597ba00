using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.ControlLoop.Tests;

public class EventTests
{
    private static readonly ObjectRef About = new("v1", "Pod", "ns", "p", "u1");
    private static readonly ResourceRef Events = new("", "v1", "events");

    private readonly ManualTime time = new();
    private MemoryApi api = null!;

    [SetUp]
    public void Start() => api = new(time);

    private async Task<IReadOnlyList<JsonMap>> After(Action<EventRecorder> emit, bool newStyle = false)
    {
        var recorder = new EventRecorder(api, new("tester") { NewStyle = newStyle }, time);
        emit(recorder);
        using var life = new CancellationTokenSource();
        var running = recorder.Run(life.Token);
        var before = -1;
        await Things.Until(() =>
        {
            var quiet = api.WriteCount == before && before > 0;
            before = api.WriteCount;
            return quiet;
        });
        await life.CancelAsync();
        await running;
        return api.Objects(Events);
    }

    [Test]
    public async Task Equal_events_become_a_count()
    {
        var events = await After(r =>
        {
            for (var i = 0; i < 4; i++) r.Emit(About, "Normal", "Same", "again");
        });
        Assert.That(events, Has.Count.EqualTo(1));
        Assert.That(events[0].Whole("count"), Is.EqualTo(4));
        Assert.That(events[0].Map("source")!.Text("component"), Is.EqualTo("tester"));
        Assert.That(events[0].Map("metadata")!.Text("name"), Does.Match("^p\\.[0-9a-f]{16}$"));
    }

    [Test]
    public async Task Many_similar_events_are_combined_from_the_tenth_on()
    {
        var events = await After(r =>
        {
            for (var i = 0; i < 14; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                r.Emit(About, "Normal", "Scaled", $"scaled to {i}");
            }
        });
        Assert.That(events, Has.Count.EqualTo(10));
        var combined = events.Single(e => e.Whole("count") > 1);
        Assert.That(combined.Whole("count"), Is.EqualTo(5));
        Assert.That(combined.Text("message"), Is.EqualTo("(combined from similar events): scaled to 13"));
    }

    [Test]
    public async Task One_object_cannot_flood()
    {
        var events = await After(r =>
        {
            for (var i = 0; i < 100; i++) r.Emit(About, "Warning", $"Reason{i}", "x");
        });
        Assert.That(events, Has.Count.EqualTo(25));
    }

    [Test]
    public async Task The_new_style_has_event_time_and_no_count()
    {
        var events = await After(r => r.Emit(About, "Normal", "Scheduled", "Binding", "assigned"), newStyle: true);
        Assert.That(events[0].Has("count"), Is.False);
        Assert.That(events[0].Text("eventTime"), Does.Match("\\.[0-9]{6}Z$"));
        Assert.That(events[0].Text("reportingComponent"), Is.EqualTo("tester"));
        Assert.That(events[0].Text("action"), Is.EqualTo("Binding"));
    }
}

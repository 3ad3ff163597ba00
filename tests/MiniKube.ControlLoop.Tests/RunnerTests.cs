using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.ControlLoop.Tests;

/// <summary>The runner with a controller that keeps as many Parts as a Thing wants: what every controller does at heart.</summary>
public class RunnerTests
{
    private MemoryApi api = null!;
    private Caches caches = null!;
    private CancellationTokenSource life = null!;
    private Task running = Task.CompletedTask;
    private Runner runner = null!;
    private Events events = null!;

    [SetUp]
    public void Start()
    {
        api = new(TimeProvider.System);
        caches = new(api, TimeProvider.System);
        life = new();
        events = new();
        runner = new(new PartKeeper(caches), api, caches, events);
        runner.Prepare();
        caches.Start(life.Token);
        running = runner.Run(life.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await running;
        runner.Dispose();
        await caches.Ended();
        life.Dispose();
    }

    private int Parts => api.Objects(Things.Parts.Ref).Count;

    [Test]
    public async Task Makes_what_is_missing_and_never_one_too_many()
    {
        await api.Create(Things.Type.Ref, "ns", Things.Thing("t", 50));
        await Things.Until(() => Parts >= 50);
        // Noise that makes the key run again and again must not make it act again.
        for (var i = 0; i < 20; i++)
            await api.Patch(Things.Type.Ref, "ns", "t", PatchKind.Merge, JsonWriter.ToUtf8(
                new JsonMap { { "metadata", new JsonMap { { "labels", new JsonMap { { "n", $"{i}" } } } } } }));
        await Things.Until(() => runner.Queue.Depth == 0);
        Assert.That(Parts, Is.EqualTo(50));
        Assert.That(events.Seen, Has.Count.EqualTo(50).And.All.StartsWith("Normal Made made t-"));
    }

    [Test]
    public async Task Slow_start_stops_at_the_first_refusal_and_the_failure_is_known_to_the_next_turn()
    {
        var refusing = true;
        api.Refuse = (verb, resource, _) =>
            refusing && verb == "create" && resource == Things.Parts.Ref ? ApiError.Forbidden("no") : null;
        await api.Create(Things.Type.Ref, "ns", Things.Thing("t", 50));
        await Things.Until(() => events.Seen.Any(e => e.Contains("told of no")));
        refusing = false;
        await Things.Until(() => Parts == 50);
        Assert.That(events.Seen.Count(e => e.StartsWith("Warning")), Is.LessThan(20), "one attempt a turn, not fifty");
    }

    [Test]
    public async Task Conflicts_are_retried()
    {
        var conflicts = 5;
        api.Refuse = (verb, resource, name) =>
            verb == "create" && resource == Things.Parts.Ref && conflicts-- > 0 ? ApiError.Conflict("test.io", "parts", name, ApiError.Modified) : null;
        await api.Create(Things.Type.Ref, "ns", Things.Thing("t", 3));
        await Things.Until(() => Parts == 3);
        Assert.That(events.Seen, Has.None.Contains("told of"));
    }

    private sealed class PartKeeper : Controller<PartKeeper.Seen>
    {
        private readonly Cache<JsonMap> things;
        private readonly Cache<JsonMap> parts;
        private readonly Index<JsonMap> owned;

        public PartKeeper(Caches caches)
        {
            things = caches.Of(Things.Type);
            parts = caches.Of(Things.Parts);
            owned = parts.ByController();
        }

        public override string Name => "part-keeper";

        public override void Watch(Triggers triggers)
        {
            triggers.OnSelf(things);
            triggers.OnOwned(parts, "Thing", "test.io");
        }

        protected override Seen? Observe(Turn turn) =>
            things.Get(turn.Key) is { } thing ? new(thing, owned[thing.Uid].Count, turn.LastFailure) : null;

        protected override Plan For(Seen seen)
        {
            var missing = (int)(seen.Thing.Value.Map("spec")!.Whole("wanted") ?? 0) - seen.Parts;
            var actions = new List<PlanAction>();
            if (seen.Failure is { } failure) actions.Add(new PlanAction.Emit(seen.Thing.Ref, "Warning", "Failing", $"told of {failure.Message}"));
            if (missing > 0)
            {
                actions.Add(new PlanAction.Together([.. Enumerable.Range(0, missing).Select(_ => new PlanAction.Create(Things.Parts.Ref, "ns", Things.Part(seen.Thing))
                {
                    Announce = new(seen.Thing.Ref) { Done = ("Made", "made {name}"), Failed = ("NotMade", "not made: {error}") },
                })], SlowStart: true));
            }
            return new(actions);
        }

        public sealed record Seen(Item<JsonMap> Thing, int Parts, ApiError? Failure);
    }

    private sealed class Events : IEventSink
    {
        private readonly List<string> seen = [];

        public IReadOnlyList<string> Seen
        {
            get
            {
                lock (seen) return [.. seen];
            }
        }

        public void Emit(ObjectRef about, string type, string reason, string message)
        {
            lock (seen) seen.Add($"{type} {reason} {message}");
        }
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>
/// A cluster on one thread: caches that lag, turns in any order, conflicts, crashes in the middle of a plan, pods that come up and
/// go down when they like. Everything follows from the seed.
/// </summary>
public sealed class World
{
    private readonly Random random;
    private readonly Func<Caches, MemoryApi, IEnumerable<Controller>> make;
    private readonly List<Process> processes = [];
    private readonly Dictionary<Cache, long> delivered = [];
    private Caches caches = null!;
    private int crashAfter = int.MaxValue;

    public World(int seed, Func<Caches, MemoryApi, IEnumerable<Controller>> make)
    {
        random = new(seed);
        this.make = make;
        Api = new(Time, seed) { Refuse = Disturb };
        Restart();
    }

    public ManualTime Time { get; } = new();
    public MemoryApi Api { get; }
    public bool Calm { get; set; }
    public Action AfterEveryStep { get; set; } = () => { };
    public List<string> Events { get; } = [];
    public int PodsCreated => Api.Since(Pods, 0).Count(e => e.Type == EventType.Added);

    public static readonly ResourceRef Pods = Resources.RefOf<Pod>();

    public JsonMap Make<T>(string json) where T : Kinds.KubeObject
    {
        var sent = JsonReader.ParseMap(json);
        JsonMap made = [];
        Quietly(() => made = JsonReader.ReadMap(
            Done(Api.Create(Resources.RefOf<T>(), sent.Map("metadata")?.Text("namespace"), JsonWriter.ToUtf8(sent))).Value.Json.Span));
        return made;
    }

    public void Patch<T>(string ns, string name, string json, string? subresource = null) where T : Kinds.KubeObject =>
        Quietly(() => Done(Api.Patch(Resources.RefOf<T>(), ns, name, PatchKind.Merge, JsonWriter.ToUtf8(JsonReader.ParseMap(json)), subresource)));

    public IReadOnlyList<Item<T>> All<T>() where T : Kinds.KubeObject =>
        [.. Api.Objects(Resources.RefOf<T>()).Select(o => Resources.Of<T>().Item(JsonWriter.ToUtf8(o)))];

    public void Steps(int count)
    {
        for (var i = 0; i < count; i++) Step();
    }

    /// <summary>No more disturbances; runs until nothing is left to do.</summary>
    public void Settle(int most = 20_000)
    {
        Calm = true;
        for (var i = 0; i < most; i++)
            if (!Step()) return;
        throw new AssertionException($"no rest after {most} steps");
    }

    public void Restart()
    {
        caches = new(Api, Time);
        delivered.Clear();
        processes.Clear();
        foreach (var controller in make(caches, Api)) processes.Add(new(controller, this));
    }

    private bool Step()
    {
        var choices = new List<Action>();
        foreach (var cache in Watched())
            if (Pending(cache)) choices.Add(() => Deliver(cache));
        foreach (var process in processes.Where(p => p.CanWork)) choices.Add(process.Work);
        choices.AddRange(Kubelet());
        if (choices.Count == 0)
        {
            var next = processes.Min(p => p.NextDue);
            if (next is null) return false;
            // A recheck that is a long time off is not something to wait for.
            if (next.Value - Time.GetUtcNow() > TimeSpan.FromHours(1)) return false;
            Time.AdvanceTo(next.Value);
            return true;
        }
        if (!Calm && random.Next(200) == 0) crashAfter = random.Next(4);
        try
        {
            choices[random.Next(choices.Count)]();
        }
        catch (CrashException)
        {
            crashAfter = int.MaxValue;
            Restart();
        }
        if (random.Next(10) == 0) Time.Advance(TimeSpan.FromMilliseconds(random.Next(1000)));
        AfterEveryStep();
        return true;
    }

    private IEnumerable<Cache> Watched() => processes.SelectMany(p => p.Watched).Distinct();

    private bool Pending(Cache cache) => !delivered.TryGetValue(cache, out var at) || Api.Since(cache.Type.Ref, at).Count > 0;

    private void Deliver(Cache cache)
    {
        if (!delivered.TryGetValue(cache, out var at))
        {
            var list = Done(Api.List(cache.Type.Ref, null)).Value;
            cache.Replace(list.Items, Meta.VersionNumber(list.ResourceVersion));
            delivered[cache] = Meta.VersionNumber(list.ResourceVersion);
            return;
        }
        var next = Api.Since(cache.Type.Ref, at)[0];
        cache.Apply(next.Type, next.Json);
        delivered[cache] = next.Version;
    }

    private ApiError? Disturb(string verb, ResourceRef resource, string name)
    {
        if (Calm) return null;
        if (crashAfter-- <= 0) throw new CrashException();
        return random.Next(30) == 0 ? ApiError.Conflict(resource.Group, resource.Plural, name, ApiError.Modified) : null;
    }

    private IEnumerable<Action> Kubelet()
    {
        foreach (var pod in Api.Objects(Pods))
        {
            var (ns, name) = (pod.Map("metadata")!.Text("namespace")!, pod.Map("metadata")!.Text("name")!);
            if (pod.Map("metadata")!.Has("deletionTimestamp"))
                yield return () => Quietly(() => Done(Api.Delete(Pods, ns, name, new DeleteQuery { GracePeriodSeconds = 0 })));
            else if (pod.Map("spec")?.Text("nodeName") is null)
                yield return () => Quietly(() => Done(Api.Create(Pods, ns, JsonWriter.ToUtf8(JsonReader.ParseMap("""{"target":{"name":"n1"}}""")), name, "binding")));
            else if (pod.Map("status")?.Text("phase") == "Pending")
                yield return () => Quietly(() => SetPod(ns, name, "Running", ready: true));
        }
    }

    public void SetPod(string ns, string name, string phase, bool ready)
    {
        var now = Kinds.KubeTime.Seconds(Time.GetUtcNow());
        var status = new JsonMap
        {
            { "phase", phase }, { "podIP", "10.0.0.1" },
            {
                "conditions", JsonList.Of(new JsonMap { { "type", "Ready" }, { "status", ready ? "True" : "False" }, { "lastTransitionTime", now } })
            },
        };
        Done(Api.Patch(Pods, ns, name, PatchKind.Merge, JsonWriter.ToUtf8(new JsonMap { { "status", status } }), "status"));
    }

    // The kubelet isn't what is being disturbed.
    private void Quietly(Action act)
    {
        var calm = Calm;
        Calm = true;
        act();
        Calm = calm;
    }

    private static T Done<T>(Task<T> task) =>
        task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("the in-memory API never waits");

    private sealed class CrashException : Exception;

    /// <summary>One controller with its keys, as the runner has it, without threads.</summary>
    private sealed class Process : IEventSink
    {
        private readonly World world;
        private readonly Controller controller;
        private readonly HashSet<Key> ready = [];
        private readonly Dictionary<Key, Writes> blocked = [];
        private readonly Dictionary<Key, DateTimeOffset> later = [];
        private readonly Dictionary<Key, ApiError> failures = [];
        private readonly Triggers triggers;

        public Process(Controller controller, World world)
        {
            this.world = world;
            this.controller = controller;
            triggers = new(k => ready.Add(k), (k, after) => later[k] = world.Time.GetUtcNow() + after);
            controller.Watch(triggers);
        }

        public IEnumerable<Cache> Watched => triggers.Watched;
        public DateTimeOffset? NextDue => later.Count == 0 ? null : later.Values.Min();

        public bool CanWork => triggers.Watched.All(c => c.Synced) && Workable().Any();

        private IEnumerable<Key> Workable()
        {
            var now = world.Time.GetUtcNow();
            foreach (var (key, due) in later.ToArray())
            {
                if (due > now) continue;
                later.Remove(key);
                ready.Add(key);
            }
            return ready.Where(k => !blocked.TryGetValue(k, out var wait) || wait.AreShown(world.caches.Find));
        }

        public void Work()
        {
            var keys = Workable().ToArray();
            var key = keys[world.random.Next(keys.Length)];
            ready.Remove(key);
            blocked.Remove(key);
            var plan = Done(controller.Decide(new(key, world.Time.GetUtcNow(), failures.GetValueOrDefault(key)), default).AsTask()) ?? Plan.Nothing;
            var writes = new Writes();
            var error = Done(new PlanExecutor(world.Api, this).Execute(plan, writes, default));
            blocked[key] = writes;
            if (error is not null)
            {
                if (error.Reason is not ("Conflict" or "AlreadyExists")) failures[key] = error;
                later[key] = world.Time.GetUtcNow() + TimeSpan.FromMilliseconds(5);
            }
            else if (failures.Remove(key)) ready.Add(key);
            else if (plan.RecheckAfter is { } after) later[key] = world.Time.GetUtcNow() + after;
        }

        public void Emit(ObjectRef about, string type, string reason, string message) =>
            world.Events.Add($"{about.Kind} {type} {reason} {message}");
    }
}

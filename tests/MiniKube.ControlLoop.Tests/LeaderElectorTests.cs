using MiniKube.Machinery;
using MiniKube.TestKit;

namespace MiniKube.ControlLoop.Tests;

/// <summary>Two candidates for one lease, on clocks that are moved by hand.</summary>
public class LeaderElectorTests
{
    private static readonly ResourceRef Leases = new("coordination.k8s.io", "v1", "leases");

    private readonly ManualTime time = new();
    private MemoryApi api = null!;

    [SetUp]
    public void Empty() => api = new(time);

    private LeaderElector Candidate(string name, TimeProvider? clock = null) => new(api, "kube-system", "l", name, clock ?? time);

    private JsonMap Spec() => api.Objects(Leases).Single().Map("spec")!;

    [Test]
    public async Task The_second_waits_for_the_term_to_pass()
    {
        var (a, b) = (Candidate("a"), Candidate("b"));
        Assert.That(await a.TryHold(default));
        Assert.That(await b.TryHold(default), Is.False);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.That(await b.TryHold(default), Is.False);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await b.TryHold(default));
        Assert.That(await a.TryHold(default), Is.False);
        Assert.That(Spec().Text("holderIdentity"), Is.EqualTo("b"));
        Assert.That(Spec().Whole("leaseTransitions"), Is.EqualTo(1));
    }

    [Test]
    public async Task Whoever_renews_keeps_it()
    {
        var (a, b) = (Candidate("a"), Candidate("b"));
        for (var i = 0; i < 20; i++)
        {
            Assert.That(await a.TryHold(default));
            Assert.That(await b.TryHold(default), Is.False);
            time.Advance(TimeSpan.FromSeconds(9));
        }
        Assert.That(Spec().Whole("leaseTransitions"), Is.Zero);
    }

    [Test]
    public async Task A_wall_clock_that_is_hours_off_takes_nothing_away([Values(-5, 5)] int hours)
    {
        var elsewhere = new ManualTime(time.GetUtcNow().AddHours(hours));
        var (a, b) = (Candidate("a"), Candidate("b", elsewhere));
        Assert.That(await a.TryHold(default));
        Assert.That(await b.TryHold(default), Is.False);
        elsewhere.Advance(TimeSpan.FromSeconds(10));
        Assert.That(await b.TryHold(default), Is.False);
        elsewhere.Advance(TimeSpan.FromSeconds(6));
        Assert.That(await b.TryHold(default), "the term has passed on the clock of the one who waits");
    }

    [Test]
    public async Task A_conflict_is_no_lease()
    {
        var a = Candidate("a");
        api.Refuse = (verb, resource, name) => verb == "create" ? ApiError.AlreadyExists(resource.Group, resource.Plural, name) : null;
        Assert.That(await a.TryHold(default), Is.False);
        api.Refuse = (_, _, _) => null;
        Assert.That(await a.TryHold(default));
        api.Refuse = (verb, resource, name) => verb == "update" ? ApiError.Conflict(resource.Group, resource.Plural, name, ApiError.Modified) : null;
        Assert.That(await a.TryHold(default), Is.False);
    }

    [Test]
    public async Task Who_stops_lets_the_next_one_start_before_the_term_is_over()
    {
        using var stop = new CancellationTokenSource();
        var leads = false;
        var running = Candidate("a").Run(async cancel =>
        {
            leads = true;
            await Task.Delay(Timeout.Infinite, cancel);
        }, stop.Token);
        await Things.Until(() => leads);
        await stop.CancelAsync();
        await running;
        var b = Candidate("b");
        if (!await b.TryHold(default))
        {
            time.Advance(TimeSpan.FromSeconds(1.5));
            Assert.That(await b.TryHold(default));
        }
        Assert.That(Spec().Text("holderIdentity"), Is.EqualTo("b"));
    }

    [Test]
    public async Task Who_cannot_renew_stops_before_another_may_start()
    {
        using var stop = new CancellationTokenSource();
        var (leads, ended) = (false, false);
        var running = Candidate("a").Run(async cancel =>
        {
            leads = true;
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended = true;
        }, stop.Token);
        await Things.Until(() => leads);
        var b = Candidate("b");
        Assert.That(await b.TryHold(default), Is.False);
        api.Refuse = (verb, _, _) => verb == "update" ? ApiError.Internal("away") : null;
        for (var second = 0; second < 13 && !ended; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 100 && !ended; i++) await Task.Delay(1);
        }
        Assert.That(ended);
        api.Refuse = (_, _, _) => null;
        await stop.CancelAsync();
        await running;
    }
}

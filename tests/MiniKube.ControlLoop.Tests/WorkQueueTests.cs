using MiniKube.TestKit;

namespace MiniKube.ControlLoop.Tests;

public class WorkQueueTests
{
    private readonly ManualTime time = new();

    private WorkQueue<string> Queue(BackOff? backOff = null) => new("test", time, backOff);

    [Test]
    public void A_key_added_twice_is_taken_once()
    {
        using var queue = Queue();
        queue.Add("a");
        queue.Add("a");
        Assert.That(queue.TryTake(out var key), Is.True);
        Assert.That(key, Is.EqualTo("a"));
        Assert.That(queue.TryTake(out _), Is.False);
    }

    [Test]
    public void A_key_added_while_worked_on_comes_again_only_after_it_is_done()
    {
        using var queue = Queue();
        queue.Add("a");
        queue.TryTake(out _);
        queue.Add("a");
        Assert.That(queue.TryTake(out _), Is.False);
        queue.Done("a");
        Assert.That(queue.TryTake(out var again), Is.True);
        Assert.That(again, Is.EqualTo("a"));
    }

    [Test]
    public void A_delayed_key_comes_at_the_earliest_of_its_times()
    {
        using var queue = Queue();
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(3));
        queue.AddAfter("a", TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.That(queue.TryTake(out _), Is.False);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(queue.TryTake(out _), Is.True);
        queue.Done("a");
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.That(queue.TryTake(out _), Is.False, "the later times were superseded");
    }

    [Test]
    public void Retries_back_off_per_key_until_forgotten()
    {
        using var queue = Queue(new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)));
        TimeSpan WaitFor(string key)
        {
            queue.Retry(key);
            var waited = TimeSpan.Zero;
            while (!queue.TryTake(out _))
            {
                time.Advance(TimeSpan.FromSeconds(1));
                waited += TimeSpan.FromSeconds(1);
            }
            queue.Done(key);
            return waited;
        }
        Assert.That(new[] { WaitFor("a"), WaitFor("a"), WaitFor("a"), WaitFor("a") }.Select(t => t.TotalSeconds), Is.EqualTo(new[] { 1, 2, 4, 4 }));
        Assert.That(WaitFor("b").TotalSeconds, Is.EqualTo(1));
        queue.Forget("a");
        Assert.That(WaitFor("a").TotalSeconds, Is.EqualTo(1));
    }

    [Test]
    public async Task A_waiting_taker_gets_the_next_key_and_a_cancelled_one_loses_none()
    {
        using var queue = Queue();
        using var gone = new CancellationTokenSource();
        var cancelled = queue.Take(gone.Token).AsTask();
        await gone.CancelAsync();
        Assert.That(async () => await cancelled, Throws.InstanceOf<OperationCanceledException>());
        var waiting = queue.Take(default).AsTask();
        queue.Add("a");
        Assert.That(await waiting, Is.EqualTo("a"));
    }
}

using MiniKube.Kubelet.Probes;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class WakeTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Test]
    public async Task A_rest_that_ended_by_itself_takes_no_nudge_from_the_next()
    {
        using var wake = new Wake();
        for (var i = 0; i < 3; i++) await wake.Rest(TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        var rest = wake.Rest(Long, TimeProvider.System, CancellationToken.None);
        Assert.That(rest.IsCompleted, Is.False);
        wake.Up();
        await rest.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task Nudges_during_work_count_once()
    {
        using var wake = new Wake();
        wake.Up();
        wake.Up();
        await wake.Rest(Long, TimeProvider.System, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        using var enough = new CancellationTokenSource();
        var rest = wake.Rest(Long, TimeProvider.System, enough.Token);
        Assert.That(rest.IsCompleted, Is.False);
        await enough.CancelAsync();
        await rest.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task Whoever_is_cancelled_rests_no_more() =>
        await new Wake().Rest(Long, TimeProvider.System, new CancellationToken(true)).WaitAsync(TimeSpan.FromSeconds(30));

    [FsCheck.NUnit.Property]
    public bool Strides_end_on_the_clocks_tenths_and_are_as_long_as_asked(int millis, byte seconds)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromMilliseconds(Math.Abs((long)millis));
        var (period, wait) = (TimeSpan.FromSeconds(seconds + 1), Stride.Until(now, TimeSpan.FromSeconds(seconds + 1)));
        return (now + wait).Ticks % (100 * TimeSpan.TicksPerMillisecond) == 0 && (wait - period).Duration() <= TimeSpan.FromMilliseconds(50);
    }

    [Test]
    public void What_was_cut_short_can_be_begun_anew()
    {
        using var work = new Interruption();
        var first = work.Begin();
        work.Cut();
        work.Cut();
        Assert.That(first.IsCancellationRequested, Is.True);
        var second = work.Begin();
        Assert.That(second.IsCancellationRequested, Is.False);
        Assert.That(work.Begin(), Is.EqualTo(second), "nobody has cut it short");
        work.Cut();
        Assert.That(second.IsCancellationRequested, Is.True);
    }

    [Test]
    public void Who_comes_when_all_is_over_does_no_harm()
    {
        var work = new Interruption();
        work.Begin();
        work.Dispose();
        Assert.That(work.Cut, Throws.Nothing);
        Assert.That(work.Begin().IsCancellationRequested, Is.True);
        work.Dispose();
    }
}

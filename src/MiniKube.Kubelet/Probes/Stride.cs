namespace MiniKube.Kubelet.Probes;

/// <summary>When many wait for about a second each, they wait for the same tenths of it: waking up for each alone would cost more than what they wake up for.</summary>
internal static class Stride
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>As long as the period, to the nearest step of the clock.</summary>
    public static TimeSpan Until(DateTimeOffset now, TimeSpan period)
    {
        var due = now.Ticks + period.Ticks;
        return TimeSpan.FromTicks((due + Step.Ticks / 2) / Step.Ticks * Step.Ticks - now.Ticks);
    }
}

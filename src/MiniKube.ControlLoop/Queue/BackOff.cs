namespace MiniKube.ControlLoop;

/// <summary>How long to wait after the n-th failure in a row: doubling between two bounds.</summary>
public sealed record BackOff(TimeSpan First, TimeSpan Longest)
{
    /// <summary>Upstream's for work queues: 5 ms to 1,000 s.</summary>
    public static readonly BackOff WorkQueue = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(1000));

    public TimeSpan After(int failures)
    {
        if (failures <= 0) return TimeSpan.Zero;
        var wait = First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 62));
        return wait >= Longest.TotalMilliseconds ? Longest : TimeSpan.FromMilliseconds(wait);
    }
}

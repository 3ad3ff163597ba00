namespace MiniKube.Controllers;

/// <summary>
/// How fast nodes of a zone may lose their pods. In a zone that is mostly unreachable it is more likely the control plane that is cut
/// off than the nodes: it slows down, or stops altogether when every zone looks like that.
/// </summary>
public sealed class ZoneRates
{
    private const double Normal = 0.1;
    private const double Slow = 0.01;
    private const int BigZone = 50;
    private const double Unhealthy = 0.55;

    private readonly Lock gate = new();
    private readonly Dictionary<string, DateTimeOffset> nextFree = new(StringComparer.Ordinal);

    public static double RateOf(int ready, int notReady, bool everyZoneDown)
    {
        if (ready == 0 && notReady > 0) return everyZoneDown ? 0 : Normal;
        if (notReady > 2 && (double)notReady / (ready + notReady) >= Unhealthy) return ready + notReady > BigZone ? Slow : 0;
        return Normal;
    }

    /// <summary>Zero when a node of the zone may be tainted now, otherwise how long to wait; null for not at all.</summary>
    public TimeSpan? Wait(string zone, double rate, DateTimeOffset now)
    {
        if (rate <= 0) return null;
        lock (gate)
        {
            var free = nextFree.GetValueOrDefault(zone, DateTimeOffset.MinValue);
            if (free > now) return free - now;
            nextFree[zone] = now + TimeSpan.FromSeconds(1 / rate);
            return TimeSpan.Zero;
        }
    }
}

using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>
/// Daemons that fail on a node again and again, as when the node turns them away, are replaced ever more slowly. What is remembered is
/// no more than patience: forgetting it costs a few quick replacements.
/// </summary>
public sealed class DaemonFailures
{
    private static readonly BackOff Patience = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));

    private readonly ConcurrentDictionary<(string Set, string Node), (string Pod, int Times, DateTimeOffset Until)> last = new();

    /// <summary>How long the failed pod is left where it is. The first one is replaced at once.</summary>
    public TimeSpan WaitFor(string set, Item<Pod> failed, DateTimeOffset now)
    {
        var key = (set, failed.NodeName());
        if (last.TryGetValue(key, out var known) && known.Pod == failed.Uid) return TimeSpan.Zero;
        if (known.Pod is not null && known.Until > now) return known.Until - now;
        // Long quiet is as good as never having failed.
        var times = known.Pod is null || now - known.Until > Patience.Longest * 2 ? 1 : known.Times + 1;
        last[key] = (failed.Uid, times, now + Patience.After(times));
        return TimeSpan.Zero;
    }

    public void Forget(string set)
    {
        foreach (var key in last.Keys)
            if (key.Set == set) last.TryRemove(key, out _);
    }
}

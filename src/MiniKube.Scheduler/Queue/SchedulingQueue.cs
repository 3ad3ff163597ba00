namespace MiniKube.Scheduler;

/// <summary>A pod that wants a node, with what is known of its attempts.</summary>
public sealed class QueuedPod(PodInfo pod, DateTimeOffset since)
{
    public PodInfo Pod { get; set; } = pod;
    public DateTimeOffset Since { get; } = since;
    public int Attempts { get; set; }

    /// <summary>Filters that stood in the way at the last attempt; events that concern none of them change nothing.</summary>
    public IReadOnlySet<string> RejectedBy { get; set; } = new HashSet<string>();
    public DateTimeOffset LastAttempt { get; set; }
    public string? LastMessage { get; set; }
}

/// <summary>
/// Pods ready to be tried, by importance; pods in back-off; pods that must wait for something to happen; pods with gates. Not for
/// concurrent use: the scheduler's loop owns it.
/// </summary>
public sealed class SchedulingQueue(TimeProvider time, TimeSpan firstBackOff, TimeSpan longestBackOff)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly PriorityQueue<string, (int Priority, DateTimeOffset Since, long Order)> active = new();
    private readonly PriorityQueue<string, DateTimeOffset> backingOff = new();
    private readonly Dictionary<string, (QueuedPod Pod, Place Place)> pods = new(StringComparer.Ordinal);
    private long order;

    private enum Place
    {
        Active,
        BackOff,
        Waiting,
        Gated,
        InFlight,
    }

    public int Count => pods.Count;
    public int ActiveCount => active.Count;

    public void Add(PodInfo pod)
    {
        if (pods.TryGetValue(pod.Uid, out var known))
        {
            known.Pod.Pod = pod;
            if (known.Place == Place.Gated && !IsGated(pod)) Activate(known.Pod);
            return;
        }
        var queued = new QueuedPod(pod, time.GetUtcNow());
        if (IsGated(pod)) pods[pod.Uid] = (queued, Place.Gated);
        else Activate(queued);
    }

    /// <summary>A change of the pod itself may be what it waited for.</summary>
    public void Changed(PodInfo pod)
    {
        Add(pod);
        if (pods.TryGetValue(pod.Uid, out var known) && known.Place == Place.Waiting) Wake(known.Pod);
    }

    public void Remove(string uid) => pods.Remove(uid);

    public QueuedPod? Find(string uid) => pods.TryGetValue(uid, out var known) ? known.Pod : null;

    /// <summary>The most important pod that may be tried now.</summary>
    public QueuedPod? Take()
    {
        EndBackOffs();
        while (active.TryDequeue(out var uid, out _))
        {
            if (!pods.TryGetValue(uid, out var known) || known.Place != Place.Active) continue;
            pods[uid] = (known.Pod, Place.InFlight);
            known.Pod.Attempts++;
            known.Pod.LastAttempt = time.GetUtcNow();
            return known.Pod;
        }
        return null;
    }

    /// <summary>No node would do: wait until something changes that could matter.</summary>
    public void Wait(QueuedPod pod, IReadOnlySet<string> rejectedBy)
    {
        pod.RejectedBy = rejectedBy;
        if (pods.ContainsKey(pod.Pod.Uid)) pods[pod.Pod.Uid] = (pod, Place.Waiting);
    }

    /// <summary>The attempt failed for a reason that has nothing to do with the nodes: again after the back-off.</summary>
    public void Retry(QueuedPod pod)
    {
        if (pods.ContainsKey(pod.Pod.Uid)) BackOff(pod);
    }

    /// <summary>Back after a decision that could not be carried out.</summary>
    public void Return(QueuedPod pod)
    {
        if (!pods.ContainsKey(pod.Pod.Uid)) BackOff(pod);
    }

    /// <summary>Something happened: everybody whom it may help is tried again.</summary>
    public void Happened(Func<QueuedPod, bool> mayHelp)
    {
        foreach (var (pod, place) in pods.Values.ToArray())
            if (place == Place.Waiting && mayHelp(pod)) Wake(pod);
    }

    /// <summary>Nobody waits longer than this without another try, whatever the hints say.</summary>
    public void WakeForgotten()
    {
        var before = time.GetUtcNow() - LongestWait;
        Happened(p => p.LastAttempt < before);
    }

    /// <summary>When the next back-off ends.</summary>
    public DateTimeOffset? NextDue => backingOff.TryPeek(out _, out var due) ? due : null;

    private void Wake(QueuedPod pod)
    {
        if (BackOffEnd(pod) <= time.GetUtcNow()) Activate(pod);
        else BackOff(pod);
    }

    private void BackOff(QueuedPod pod)
    {
        pods[pod.Pod.Uid] = (pod, Place.BackOff);
        backingOff.Enqueue(pod.Pod.Uid, BackOffEnd(pod));
    }

    private DateTimeOffset BackOffEnd(QueuedPod pod)
    {
        var wait = firstBackOff * Math.Pow(2, Math.Min(pod.Attempts - 1, 10));
        return pod.LastAttempt + (wait < longestBackOff ? wait : longestBackOff);
    }

    private void EndBackOffs()
    {
        var now = time.GetUtcNow();
        while (backingOff.TryPeek(out var uid, out var due) && due <= now)
        {
            backingOff.Dequeue();
            if (pods.TryGetValue(uid, out var known) && known.Place == Place.BackOff) Activate(known.Pod);
        }
    }

    private void Activate(QueuedPod pod)
    {
        pods[pod.Pod.Uid] = (pod, Place.Active);
        active.Enqueue(pod.Pod.Uid, (-pod.Pod.Priority, pod.Since, order++));
    }

    private static bool IsGated(PodInfo pod) => pod.Spec.SchedulingGates is { Count: > 0 };
}

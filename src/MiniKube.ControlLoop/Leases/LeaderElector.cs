using MiniKube.Kinds;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>Upstream's timings unless given.</summary>
public sealed record LeaseTimings(TimeSpan Duration, TimeSpan RenewWithin, TimeSpan Retry)
{
    public static readonly LeaseTimings Default = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
}

/// <summary>
/// Runs something in at most one process at a time. Whoever can't renew in time stops before anybody else may start: the
/// holder counts from before its request, others from when they saw the lease change, each on its own clock.
/// </summary>
public sealed class LeaderElector(IApi api, string ns, string name, string identity, TimeProvider time, LeaseTimings? timings = null)
{
    private static readonly ResourceRef Leases = new("coordination.k8s.io", "v1", "leases");

    private readonly LeaseTimings timings = timings ?? LeaseTimings.Default;
    private string? seenVersion;
    private long seenAt;

    /// <summary>Waits for the lease, runs <paramref name="lead"/> while holding it, and starts over when it was lost.</summary>
    public async Task Run(Func<CancellationToken, Task> lead, CancellationToken cancel)
    {
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                while (!await TryHold(cancel)) await Task.Delay(timings.Retry, time, cancel);
                using var term = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                var leading = lead(term.Token);
                await KeepHolding(leading, cancel);
                await term.CancelAsync();
                await leading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (cancel.IsCancellationRequested) await Release();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    private async Task KeepHolding(Task leading, CancellationToken cancel)
    {
        var renewed = time.GetTimestamp();
        while (!leading.IsCompleted && time.GetElapsedTime(renewed) < timings.RenewWithin)
        {
            await Task.WhenAny(leading, Task.Delay(timings.Retry, time, cancel));
            if (cancel.IsCancellationRequested) return;
            var asked = time.GetTimestamp();
            if (await TryHold(cancel)) renewed = asked;
        }
    }

    /// <summary>One attempt to take or renew.</summary>
    public async Task<bool> TryHold(CancellationToken cancel)
    {
        try
        {
            var got = await api.Get(Leases, ns, name, cancel: cancel);
            var now = KubeTime.Micros(time.GetUtcNow());
            if (!got.Ok)
            {
                if (got.Error!.Code != 404) return false;
                return (await api.Create(Leases, ns, JsonWriter.ToUtf8(Lease(null, now, now, 0)), cancel: cancel)).Ok;
            }
            var lease = JsonReader.ReadMap(got.Value.Json.Span);
            var spec = lease.Map("spec") ?? [];
            var holder = spec.Text("holderIdentity");
            var version = lease.Map("metadata")?.Text("resourceVersion");
            if (version != seenVersion)
            {
                seenVersion = version;
                seenAt = time.GetTimestamp();
            }
            var term = TimeSpan.FromSeconds(spec.Whole("leaseDurationSeconds") ?? 0);
            if (holder is { Length: > 0 } && holder != identity && time.GetElapsedTime(seenAt) < term) return false;
            var mine = holder == identity;
            var transitions = (spec.Whole("leaseTransitions") ?? 0) + (mine ? 0 : 1);
            var next = Lease(version, mine ? spec.Text("acquireTime") ?? now : now, now, transitions);
            return (await api.Update(Leases, ns, name, JsonWriter.ToUtf8(next), cancel: cancel)).Ok;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Lets the next one start at once instead of after the term.</summary>
    private async Task Release()
    {
        var got = await api.Get(Leases, ns, name);
        if (!got.Ok) return;
        var lease = JsonReader.ReadMap(got.Value.Json.Span);
        if (lease.Map("spec")?.Text("holderIdentity") != identity) return;
        lease.MapOrNew("spec")["holderIdentity"] = "";
        lease.MapOrNew("spec")["leaseDurationSeconds"] = 1;
        await api.Update(Leases, ns, name, JsonWriter.ToUtf8(lease));
    }

    private JsonMap Lease(string? version, string acquired, string renewed, long transitions)
    {
        var metadata = new JsonMap { { "name", name }, { "namespace", ns } };
        if (version is not null) metadata.Add("resourceVersion", version);
        return new()
        {
            { "apiVersion", "coordination.k8s.io/v1" }, { "kind", "Lease" }, { "metadata", metadata },
            {
                "spec", new JsonMap
                {
                    { "holderIdentity", identity }, { "leaseDurationSeconds", (long)timings.Duration.TotalSeconds },
                    { "acquireTime", acquired }, { "renewTime", renewed }, { "leaseTransitions", transitions },
                }
            },
        };
    }
}

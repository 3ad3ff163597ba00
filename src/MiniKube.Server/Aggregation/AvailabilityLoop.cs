using System.Threading.Channels;
using MiniKube.Machinery;

namespace MiniKube.Server.Aggregation;

/// <summary>
/// Keeps APIServices true: those of what is served here exist, and each says whether its server can be reached. Servers elsewhere are asked
/// when something about them changed, every half minute, and more often while they don't answer.
/// </summary>
internal sealed class AvailabilityLoop(ServerContext server, Aggregator aggregator)
{
    private const string Slices = "endpointslices.discovery.k8s.io";
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);
    private static readonly UserInfo Self = new("system:apiserver", [UserInfo.Masters, UserInfo.Authenticated]);

    private sealed class Probe
    {
        public string Inputs { get; set; } = "";
        public Task<(RemoteDocuments? Documents, string? Fault)>? Running { get; set; }
        public long AskedAt { get; set; }
        public int Failures { get; set; }
        public JsonMap? Verdict { get; set; }

        public TimeSpan Rest => Failures == 0 || Failures > 7 ? Pace : Again * (1 << (Failures - 1));
    }

    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, Probe> probes = new(StringComparer.Ordinal);
    private (long Definitions, long Services) settled = (-1, -1);

    public async Task Run(CancellationToken cancel)
    {
        string[] collections = [ServedKinds.Definitions, RemoteGroup.Collection, "services", Slices];
        var following = collections.Select(c => Follow(c, cancel)).ToList();
        while (!cancel.IsCancellationRequested)
        {
            var rest = await Settle(cancel);
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            pause.CancelAfter(rest);
            try
            {
                await wake.Reader.ReadAsync(pause.Token);
            }
            catch (OperationCanceledException)
            {
                // Time to look again, or the end.
            }
        }
        await Task.WhenAll(following);
    }

    private async Task Follow(string collection, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var (follower, _) = await server.Store.Follow(collection, server.Store.Snapshot().Revision, cancel);
            if (follower is null) continue;
            using (follower)
            {
                wake.Writer.TryWrite(true);
                while (!cancel.IsCancellationRequested)
                {
                    var (events, fault) = await follower.ReadAsync(cancel);
                    if (fault is not null) break;
                    if (events.Count > 0) wake.Writer.TryWrite(true);
                }
            }
        }
    }

    /// <summary>How long nothing has to be looked at.</summary>
    private async Task<TimeSpan> Settle(CancellationToken cancel)
    {
        var unfinished = false;
        var snapshot = server.Store.Snapshot();
        var now = (snapshot.Changed(ServedKinds.Definitions), snapshot.Changed(RemoteGroup.Collection));
        if (now != settled)
        {
            unfinished = await RegisteredGroups.Settle(server, Self, cancel);
            if (!unfinished) settled = now;
        }
        var rest = unfinished ? Again : Pace;
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in server.Store.Snapshot().List(RemoteGroup.Collection).ToList())
        {
            if (RemoteGroup.Of(ObjectCodec.Kept(entry)) is not { } remote) continue;
            known.Add(remote.Name);
            var next = await Look(remote, cancel);
            if (next < rest) rest = next;
        }
        foreach (var gone in probes.Keys.Where(p => !known.Contains(p)).ToList()) probes.Remove(gone);
        aggregator.Forget(name => !known.Contains(name));
        return rest;
    }

    private async Task<TimeSpan> Look(RemoteGroup remote, CancellationToken cancel)
    {
        if (!probes.TryGetValue(remote.Name, out var probe)) probes[remote.Name] = probe = new();
        var snapshot = server.Store.Snapshot();
        var service = snapshot.Get(new("services", remote.Namespace, remote.Service));
        var slices = snapshot.List(Slices, remote.Namespace).Where(s => s.Terms.Label("kubernetes.io/service-name") == remote.Service).ToList();
        if (Availability.Known(remote, service is null ? null : ObjectCodec.Shared(service), slices.Select(ObjectCodec.Shared)) is { } plain)
        {
            (probe.Inputs, probe.Verdict) = ("", null);
            return await Tell(remote.Name, plain, cancel) ? Pace : Again;
        }
        if (probe.Running is { IsCompleted: true } done)
        {
            var (documents, fault) = await done;
            probe.Running = null;
            if (documents is not null) aggregator.Heard(remote.Name, documents);
            probe.Failures = fault is null ? 0 : probe.Failures + 1;
            probe.Verdict = fault is null ? Availability.Passed : Availability.Failed(fault);
        }
        // Whether it counts as available is what comes of asking, not a reason to ask.
        var inputs = $"{remote with { Available = false }} {service!.Revision} {string.Join(' ', slices.Select(s => s.Revision))}";
        if (probe.Running is null && (inputs != probe.Inputs || server.Time.GetElapsedTime(probe.AskedAt) >= probe.Rest))
        {
            if (inputs != probe.Inputs) (probe.Failures, probe.Verdict) = (0, null);
            (probe.Inputs, probe.AskedAt) = (inputs, server.Time.GetTimestamp());
            probe.Running = Ask(remote, cancel);
            _ = probe.Running.ContinueWith(_ => wake.Writer.TryWrite(true), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        if (probe.Verdict is { } verdict && !await Tell(remote.Name, verdict, cancel)) return Again;
        // The end of a question wakes this loop by itself.
        return probe.Running is not null ? Pace : probe.Rest;
    }

    private async Task<(RemoteDocuments? Documents, string? Fault)> Ask(RemoteGroup remote, CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            return await RemoteDiscovery.Ask(server, aggregator, remote, cancel);
        }
        catch (OperationCanceledException)
        {
            return (null, "the check was cancelled");
        }
    }

    private async Task<bool> Tell(string name, JsonMap condition, CancellationToken cancel)
    {
        if (server.Peek(RemoteGroup.Collection, "", name) is not { } registered || Availability.Told(registered, condition, server.Timestamp) is null) return true;
        return await RegisteredGroups.Tell(server, Self, name, condition, cancel);
    }
}

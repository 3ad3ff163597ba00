using System.Collections.Concurrent;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server.Fairness;

/// <summary>Priority and fairness: who may run now, who waits his turn, who is told to come again.</summary>
public sealed class FairQueueing(IStateStore store, TimeProvider time, int total)
{
    // What one core does at once without anybody noticing, and upstream's limit for machines of any size.
    private const int SeatsPerCore = 64;
    private const int MostSeats = 600;

    // No request waits longer than this for its turn.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Derived<FlowRules> rules = new(store, FlowRules.Collections, snapshot => FlowRules.Of(snapshot, total));
    private readonly ConcurrentDictionary<string, (LevelRule Rule, LevelQueue Queue)> levels = new(StringComparer.Ordinal);

    /// <summary>What a request got: seats to give back, or a refusal; Flow names what decided. Who is not limited gets no seat.</summary>
    public readonly record struct Turn(Flow Flow, ApiError? Refusal, int Seats)
    {
        internal LevelQueue? Queue { get; init; }

        public void Leave() => Queue?.Leave(Seats);
    }

    public static int SeatsFor(int cores) => Math.Min(MostSeats, SeatsPerCore * cores);

    public async ValueTask<Turn> Enter(UserInfo user, RequestInfo request, int width, CancellationToken cancel)
    {
        var known = rules.Value;
        if (user.IsMaster) return new(known.Masters, null, 0);
        var flow = known.For(user, request);
        if (flow.Level.Exempt || LongRunning(request)) return new(flow, null, 0);
        var queue = QueueOf(flow.Level);
        if (queue.TryEnter(width) is > 0 and var seats) return new(flow, null, seats) { Queue = queue };
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            if (queue.Wait(Shuffle.Hash(flow.Schema.Name, flow.Distinguisher), width, either.Token) is not { } turn) return new(flow, Refused(), 0);
            return new(flow, null, await turn) { Queue = queue };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(flow, Refused(), 0);
        }
    }

    /// <summary>Watches, logs and streams last as long as they last and take no seat.</summary>
    public static bool LongRunning(RequestInfo request) =>
        request.Verb is "watch" or "proxy" || request.Subresource is "attach" or "exec" or "portforward" or "proxy" or "log";

    private LevelQueue QueueOf(LevelRule rule)
    {
        if (levels.TryGetValue(rule.Name, out var known) && ReferenceEquals(known.Rule, rule)) return known.Queue;
        var entry = levels.AddOrUpdate(rule.Name, _ => (rule, new LevelQueue(rule)), (_, old) =>
        {
            old.Queue.Adopt(rule);
            return (rule, old.Queue);
        });
        return entry.Queue;
    }

    private static ApiError Refused() => new(429, "TooManyRequests", "Too many requests, please try again later.") { RetryAfterSeconds = 1 };
}

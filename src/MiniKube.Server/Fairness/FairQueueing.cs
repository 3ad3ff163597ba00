using System.Collections.Concurrent;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server.Fairness;

/// <summary>Priority and fairness: who may run now, who waits his turn, who is told to come again.</summary>
public sealed class FairQueueing(IStateStore store, TimeProvider time, int total = FairQueueing.DefaultTotal)
{
    public const int DefaultTotal = 600;

    // No request waits longer than this for its turn.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Derived<FlowRules> rules = new(store, FlowRules.Collections, snapshot => FlowRules.Of(snapshot, total));
    private readonly ConcurrentDictionary<string, (LevelRule Rule, LevelQueue Queue)> levels = new(StringComparer.Ordinal);

    /// <summary>What a request got: a seat to give back, or a refusal; Flow names what decided.</summary>
    public readonly record struct Admission(Flow Flow, ApiError? Refusal, Action? Leave);

    public async ValueTask<Admission> Enter(UserInfo user, RequestInfo request, CancellationToken cancel)
    {
        var known = rules.Value;
        if (user.IsMaster) return new(known.Masters, null, null);
        var flow = known.For(user, request);
        if (flow.Level.Exempt || LongRunning(request)) return new(flow, null, null);
        var queue = QueueOf(flow.Level);
        if (queue.TryEnter()) return new(flow, null, queue.Leave);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            if (queue.Wait(Shuffle.Hash(flow.Schema.Name, flow.Distinguisher), either.Token) is not { } turn) return new(flow, Refused(), null);
            await turn;
            return new(flow, null, queue.Leave);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(flow, Refused(), null);
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

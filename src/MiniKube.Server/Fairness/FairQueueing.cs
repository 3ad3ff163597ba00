using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server.Fairness;

/// <summary>Priority and fairness: who may run now, who waits his turn, who is told to come again.</summary>
public sealed class FairQueueing(IStateStore store, TimeProvider time, int total)
{
    // What one core does at once without anybody noticing, and upstream's limit for machines of any size.
    private const int SeatsPerCore = 12;
    private const int MostSeats = 600;

    // No request waits longer than this for its turn.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Derived<FlowRules> rules = new(store, FlowRules.Collections, snapshot => FlowRules.Of(snapshot, total));
    private readonly SeatPool pool = new(time);

    /// <summary>What a request got: seats to give back, or a refusal; Flow names what decided. What lasts gets no seat.</summary>
    public readonly record struct Turn(Flow Flow, ApiError? Refusal)
    {
        internal (SeatPool Pool, Ticket Ticket)? Taken { get; init; }

        public int Seats => Taken?.Ticket.Seats ?? 0;

        public void Leave() => Taken?.Pool.Leave(Taken.Value.Ticket);
    }

    public static int SeatsFor(int cores) => Math.Min(MostSeats, SeatsPerCore * cores);

    public async ValueTask<Turn> Enter(UserInfo user, RequestInfo request, int width, CancellationToken cancel)
    {
        var known = rules.Value;
        var flow = user.IsMaster ? known.Masters : known.For(user, request);
        if (LongRunning(request)) return new(flow, null);
        var ticket = new Ticket(flow, user, request, width, time.GetUtcNow());
        if (pool.Enter(known, ticket) is not null) return new(flow, Refused());
        if (ticket.Turn is { } turn && !await InTime(ticket, turn.Task, cancel))
        {
            cancel.ThrowIfCancellationRequested();
            return new(flow, Refused());
        }
        return new(flow, null) { Taken = (pool, ticket) };
    }

    private async Task<bool> InTime(Ticket ticket, Task<bool> turn, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        await using var tooLong = patience.Token.UnsafeRegister(_ => pool.GiveUp(ticket, FlowCounts.TooLong), null);
        await using var gone = cancel.UnsafeRegister(_ => pool.GiveUp(ticket, FlowCounts.GoneAway), null);
        return await turn;
    }

    /// <summary>Watches, logs and streams last as long as they last and take no seat.</summary>
    public static bool LongRunning(RequestInfo request) =>
        request.Verb is "watch" or "proxy" || request.Subresource is "attach" or "exec" or "portforward" or "proxy" or "log";

    internal void Look(Action<LevelQueue, int> at) => pool.Look(rules.Value, at);

    private static ApiError Refused() => new(429, "TooManyRequests", "Too many requests, please try again later.") { RetryAfterSeconds = 1 };
}

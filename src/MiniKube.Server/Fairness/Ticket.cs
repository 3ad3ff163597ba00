namespace MiniKube.Server.Fairness;

/// <summary>One request before the server: whose turn it is, and the seats it has or waits for.</summary>
internal sealed class Ticket(Flow flow, UserInfo user, RequestInfo request, int width, DateTimeOffset arrived)
{
    /// <summary>The queue of those that never had to wait.</summary>
    public const int NoLine = -1;

    public Flow Flow { get; } = flow;
    public UserInfo User { get; } = user;
    public RequestInfo Request { get; } = request;
    public int Width { get; } = width;
    public DateTimeOffset Arrived { get; } = arrived;

    /// <summary>When it got its seats; null while it waits.</summary>
    public DateTimeOffset? Started { get; set; }

    /// <summary>Seats it has; 0 while it waits.</summary>
    public int Seats { get; set; }

    public int Line { get; set; } = NoLine;
    public long Number { get; set; }
    public LevelQueue? Level { get; set; }

    /// <summary>Set when it had to wait: completes with whether it got seats.</summary>
    public TaskCompletionSource<bool>? Turn { get; set; }
}

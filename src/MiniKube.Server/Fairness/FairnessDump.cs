using System.Globalization;
using System.Text;

namespace MiniKube.Server.Fairness;

/// <summary>
/// Upstream's tables under /debug/api_priority_and_fairness: what the levels, their queues and their requests are doing at this
/// moment. What this server does not estimate (how long a request will take) has no column.
/// </summary>
public sealed class FairnessDump(FairQueueing fairness)
{
    public static readonly string[] Pages = ["dump_priority_levels", "dump_queues", "dump_requests"];

    public string Write(string page, Query query)
    {
        List<string[]> rows = [];
        switch (page)
        {
            case "dump_priority_levels":
                rows.Add(["PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing", "WaitingRequests", "ExecutingRequests", "DispatchedRequests", "RejectedRequests", "TimedoutRequests", "CancelledRequests"]);
                fairness.Look((level, _) => rows.Add(Level(level)));
                break;
            case "dump_queues":
                rows.Add(["PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests", "SeatsInUse", "NextDispatchR", "InitialSeatsSum", "MaxSeatsSum"]);
                fairness.Look((level, _) => rows.AddRange(level.Lines.Select((_, at) => Queue(level, at))));
                break;
            default:
                var details = query["includeRequestDetails"] is { Length: > 0 };
                rows.Add([
                    "PriorityLevelName", "FlowSchemaName", "QueueIndex", "RequestIndexInQueue", "FlowDistingsher", "ArriveTime", "InitialSeats", "FinalSeats", "AdditionalLatency", "StartTime",
                    .. details ? (string[])["UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource"] : [],
                ]);
                fairness.Look((level, _) =>
                {
                    rows.AddRange(level.Running.OrderBy(t => t.Started).Select(t => Request(level, t, -1, details)));
                    foreach (var line in level.Lines) rows.AddRange(line.Waiters.Select((t, place) => Request(level, t, place, details)));
                });
                break;
        }
        return Align(rows);
    }

    private static string[] Level(LevelQueue level) =>
    [
        level.Rule.Name, Number(level.Lines.Count(l => l.Waiters.Count > 0)), Truth(level.Idle), Truth(level.Leaving), Number(level.Waiting), Number(level.Running.Count),
        Number(level.Counts.AllDispatched.Sum(d => d.Count)), Number(level.Counts.RejectedFor(FlowCounts.QueueFull, FlowCounts.NoSeat)),
        Number(level.Counts.RejectedFor(FlowCounts.TooLong)), Number(level.Counts.RejectedFor(FlowCounts.GoneAway)),
    ];

    private static string[] Queue(LevelQueue level, int at)
    {
        var line = level.Lines[at];
        var running = level.Running.Where(t => t.Line == at).ToList();
        var wanted = Number(line.Waiters.Sum(level.WidthOf));
        return [level.Rule.Name, Number(at), Number(line.Waiters.Count), Number(running.Count), Number(running.Sum(t => t.Seats)), Number(line.Served), wanted, wanted];
    }

    private static string[] Request(LevelQueue level, Ticket ticket, int place, bool details)
    {
        var info = ticket.Request;
        return
        [
            level.Rule.Name, ticket.Flow.Schema.Name, Number(ticket.Line), Number(place), ticket.Flow.Distinguisher, Time(ticket.Arrived), Number(level.WidthOf(ticket)), "0", "0s", Time(ticket.Started ?? DateTimeOffset.MinValue),
            .. details ? (string[])[ticket.User.Name, info.Verb, info.Path, info.Namespace, info.Name, info.Group.Length > 0 ? $"{info.Group}/{info.Version}" : info.Version, info.Resource, info.Subresource] : [],
        ];
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Truth(bool value) => value ? "true" : "false";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Commas for programs, columns for people. What clients chose (names, paths) neither ends a row nor begins one.</summary>
    private static string Align(List<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(at => Math.Max(8, rows.Max(r => r[at].Length) + 2)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            for (var at = 0; at < row.Length; at++)
            {
                var cell = string.Concat(row[at].Select(c => char.IsControl(c) ? '?' : c));
                text.Append(at == row.Length - 1 ? cell : (cell + ",").PadRight(widths[at]));
            }
            text.Append('\n');
        }
        return text.ToString();
    }
}

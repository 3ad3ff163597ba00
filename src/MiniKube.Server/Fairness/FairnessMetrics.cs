using System.Text;

namespace MiniKube.Server.Fairness;

/// <summary>What the levels have, do and did, under upstream's names.</summary>
internal static class FairnessMetrics
{
    private sealed record Row(LevelQueue Level, int Reach, IReadOnlyList<(string Schema, int Requests, int Seats)> Running, IReadOnlyList<(string Schema, int Requests, int Seats)> Waiting,
        IReadOnlyList<(string Schema, long Count)> Dispatched, IReadOnlyList<(string Schema, string Reason, long Count)> Rejected);

    public static string Write(FairQueueing fairness)
    {
        var rows = new List<Row>();
        fairness.Look((level, reach) => rows.Add(new(level, reach, BySchema(level.Running, level), BySchema(level.Lines.SelectMany(l => l.Waiters), level), [.. level.Counts.AllDispatched], [.. level.Counts.AllRejected])));
        var text = new StringBuilder();
        Limits(text, rows, "nominal_limit_seats", "Seats that are the level's own.", r => r.Level.Rule.Seats.Nominal);
        Limits(text, rows, "lower_limit_seats", "Seats the level lends to nobody.", r => r.Level.Rule.Seats.Least);
        Limits(text, rows, "upper_limit_seats", "Seats the level has at most, borrowed ones among them.", r => r.Level.Rule.Seats.Most);
        Limits(text, rows, "current_limit_seats", "Seats the level could take now without any other giving one back.", r => r.Reach);
        Flows(text, rows, "current_executing_requests", "Requests being served.", r => r.Running, f => f.Requests);
        Flows(text, rows, "current_executing_seats", "Seats taken by requests being served.", r => r.Running, f => f.Seats);
        Flows(text, rows, "current_inqueue_requests", "Requests that wait for their turn.", r => r.Waiting, f => f.Requests);
        Flows(text, rows, "current_inqueue_seats", "Seats that waiting requests will take.", r => r.Waiting, f => f.Seats);
        RequestMetrics.Head(text, Prefix + "dispatched_requests_total", "counter", "Requests that got their turn.");
        foreach (var row in rows)
            foreach (var (schema, count) in row.Dispatched) RequestMetrics.Line(text, Prefix + "dispatched_requests_total", $"{{flow_schema=\"{schema}\",priority_level=\"{row.Level.Rule.Name}\"}}", count);
        RequestMetrics.Head(text, Prefix + "rejected_requests_total", "counter", "Requests that were told to come again.");
        foreach (var row in rows)
            foreach (var (schema, reason, count) in row.Rejected)
                RequestMetrics.Line(text, Prefix + "rejected_requests_total", $"{{flow_schema=\"{schema}\",priority_level=\"{row.Level.Rule.Name}\",reason=\"{reason}\"}}", count);
        return text.ToString();
    }

    private const string Prefix = "apiserver_flowcontrol_";

    // A schema that had requests before is still said to have none now.
    private static List<(string Schema, int Requests, int Seats)> BySchema(IEnumerable<Ticket> tickets, LevelQueue level) =>
    [
        .. level.Counts.AllDispatched.Select(d => d.Schema).Union(tickets.Select(t => t.Flow.Schema.Name))
            .Select(schema => (schema, tickets.Where(t => t.Flow.Schema.Name == schema)))
            .Select(s => (s.schema, s.Item2.Count(), s.Item2.Sum(level.WidthOf))),
    ];

    private static void Limits(StringBuilder text, List<Row> rows, string name, string help, Func<Row, int> value)
    {
        RequestMetrics.Head(text, Prefix + name, "gauge", help);
        foreach (var row in rows) RequestMetrics.Line(text, Prefix + name, $"{{priority_level=\"{row.Level.Rule.Name}\"}}", value(row));
    }

    private static void Flows(StringBuilder text, List<Row> rows, string name, string help, Func<Row, IReadOnlyList<(string Schema, int Requests, int Seats)>> of, Func<(string Schema, int Requests, int Seats), int> value)
    {
        RequestMetrics.Head(text, Prefix + name, "gauge", help);
        foreach (var row in rows)
            foreach (var flow in of(row)) RequestMetrics.Line(text, Prefix + name, $"{{flow_schema=\"{flow.Schema}\",priority_level=\"{row.Level.Rule.Name}\"}}", value(flow));
    }
}

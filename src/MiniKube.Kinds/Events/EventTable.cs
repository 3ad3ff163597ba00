using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Events;

/// <summary>Events of both groups: they are shown in the stored (core) shape.</summary>
internal static class EventTable
{
    public static readonly IReadOnlyList<Column> Columns =
    [
        Cells.Timed("Last Seen", (e, now) => Ages.Since(LastSeen(e), now)),
        Cells.Text("Type", e => e.Text("type") ?? ""),
        Cells.Text("Reason", e => e.Text("reason") ?? ""),
        Cells.Text("Object", e => About(e) is var about && about.Text("kind") is { Length: > 0 } kind
            ? $"{kind.ToLowerInvariant()}/{about.Text("name")}" : about.Text("name") ?? ""),
        Cells.Wide(Cells.Text("Subobject", e => About(e).Text("fieldPath") ?? "")),
        Cells.Wide(Cells.Text("Source", Source)),
        Cells.Text("Message", e => (e.Text("message") ?? e.Text("note") ?? "").Trim()),
        Cells.Wide(Cells.Timed("First Seen", (e, now) => Ages.Since(FirstSeen(e), now))),
        Cells.Wide(Cells.Text("Count", Count)),
        Cells.Wide(Cells.Name),
    ];

    public static readonly IReadOnlyList<SelectableField> Fields =
    [
        About("kind"), About("namespace"), About("name"), About("uid"), About("apiVersion"), About("resourceVersion"), About("fieldPath"),
        Cells.Field("reason"), Cells.Field("reportingComponent"),
        new SelectableField("source", e => (e.Map("source")?.Text("component")).Or(e.Text("reportingComponent") ?? "")),
        Cells.Field("type"),
    ];

    /// <summary>The same under the names of events.k8s.io, which has no word for the source.</summary>
    public static readonly IReadOnlyList<SelectableField> ShownFields =
    [
        .. Fields.Where(f => f.Path != "source").Select(f => f with
        {
            Path = f.Path == "reportingComponent" ? "reportingController" : f.Path.Replace("involvedObject.", "regarding.", StringComparison.Ordinal),
        }),
    ];

    private static SelectableField About(string member) => Cells.Field($"involvedObject.{member}");

    private static JsonMap About(JsonMap e) => e.Map("involvedObject") ?? e.Map("regarding") ?? [];

    private static string? FirstSeen(JsonMap e) => e.Text("firstTimestamp") ?? e.Text("deprecatedFirstTimestamp") ?? e.Text("eventTime");

    private static string? LastSeen(JsonMap e) =>
        e.Map("series")?.Text("lastObservedTime") ?? e.Text("lastTimestamp") ?? e.Text("deprecatedLastTimestamp") ?? FirstSeen(e);

    private static string Count(JsonMap e)
    {
        var count = e.Map("series")?.Whole("count") ?? e.Whole("count") ?? e.Whole("deprecatedCount") ?? 0;
        return Math.Max(1, count).ToString(CultureInfo.InvariantCulture);
    }

    private static string Source(JsonMap e)
    {
        var source = e.Map("source") ?? e.Map("deprecatedSource");
        var component = (source?.Text("component")).Or(e.Text("reportingComponent") ?? e.Text("reportingController") ?? "");
        var host = (source?.Text("host")).Or(e.Text("reportingInstance") ?? "");
        return host.Length == 0 ? component : $"{component}, {host}";
    }
}

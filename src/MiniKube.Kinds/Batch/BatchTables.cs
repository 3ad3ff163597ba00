using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Batch;

internal static class BatchTables
{
    private static readonly (string Condition, string Word)[] JobEnds = [("Complete", "Complete"), ("Failed", "Failed")];
    private static readonly string[] JobStates = ["Suspended", "FailureTarget", "SuccessCriteriaMet"];

    public static readonly IReadOnlyList<Column> Job =
    [
        Cells.Name,
        Cells.Text("Status", JobStatus),
        Cells.Text("Completions", Completions),
        Cells.Timed("Duration", Duration),
        Cells.Age, .. Cells.Workload, Cells.WorkloadSelector,
    ];

    public static readonly IReadOnlyList<SelectableField> JobFields =
        [new SelectableField("status.successful", j => (j.Status().Whole("succeeded") ?? 0).ToString(CultureInfo.InvariantCulture))];

    public static readonly IReadOnlyList<Column> CronJob =
    [
        Cells.Name,
        Cells.Text("Schedule", c => c.Spec().Text("schedule") ?? ""),
        Cells.Text("Timezone", c => c.Spec().Text("timeZone").Or(Cells.None)),
        new Column("Suspend", "boolean", (c, _) => c.Spec().Bool("suspend") is { } suspended ? suspended ? "True" : "False" : Cells.Unset),
        Cells.Whole("Active", c => c.Status().List("active")?.Count ?? 0),
        Cells.Timed("Last Schedule", (c, now) => c.Status().Text("lastScheduleTime") is { } last ? Ages.Since(last, now) : Cells.None),
        Cells.Age,
        Cells.Wide(Cells.Text("Containers", c => Cells.Containers(PodSpec(c)))),
        Cells.Wide(Cells.Text("Images", c => Cells.Images(PodSpec(c)))),
        Cells.Wide(Cells.Text("Selector", c => Cells.Selector(c.Spec().Map("jobTemplate")?.Spec().Map("selector")))),
    ];

    private static JsonMap? PodSpec(JsonMap cron) => cron.Spec().Map("jobTemplate")?.Spec().Map("template")?.Map("spec");

    private static string JobStatus(JsonMap job)
    {
        foreach (var (condition, word) in JobEnds)
            if (Cells.HasCondition(job, condition)) return word;
        if (job.Meta().Has("deletionTimestamp")) return "Terminating";
        return JobStates.FirstOrDefault(s => Cells.HasCondition(job, s)) ?? "Running";
    }

    private static string Completions(JsonMap job)
    {
        var done = job.Status().Whole("succeeded") ?? 0;
        if (job.Spec().Whole("completions") is { } wanted) return $"{done}/{wanted}";
        var parallel = job.Spec().Whole("parallelism") ?? 0;
        return parallel > 1 ? $"{done}/1 of {parallel}" : $"{done}/1";
    }

    private static string Duration(JsonMap job, DateTimeOffset now)
    {
        var status = job.Status();
        if (!TryTime(status.Text("startTime"), out var start)) return "";
        return Ages.Human((TryTime(status.Text("completionTime"), out var end) ? end : now) - start);
    }

    private static bool TryTime(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}

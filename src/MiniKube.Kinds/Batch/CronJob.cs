using MiniKube.Kinds.Core;
using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds.Batch;

[Doc("Starts Jobs on a schedule.")]
[Kind("batch", "v1", "cronjobs", Short = "cj", Categories = "all", Generation = true)]
[Subresource("status")]
public sealed record CronJob : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public CronJobSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public CronJobStatus? Status { get; init; }
}

public sealed record CronJobSpec
{
    [Doc("What to do when the previous run has not ended.")]
    [Default("Allow"), Allowed("Allow", "Forbid", "Replace")]
    public string? ConcurrencyPolicy { get; init; }

    [Doc("How many failed Jobs are kept.")]
    [Default(1)]
    public int? FailedJobsHistoryLimit { get; init; }

    [Doc("What the Jobs look like.")]
    [Required]
    public JobTemplateSpec? JobTemplate { get; init; }

    [Doc("When to run, in cron notation.")]
    [Required]
    public string? Schedule { get; init; }

    [Doc("How late a run may start.")]
    public long? StartingDeadlineSeconds { get; init; }

    [Doc("How many successful Jobs are kept.")]
    [Default(3)]
    public int? SuccessfulJobsHistoryLimit { get; init; }

    [Doc("No new runs are started while set.")]
    [Default(false)]
    public bool? Suspend { get; init; }

    [Doc("The time zone of the schedule.")]
    [KeepEmpty]
    public string? TimeZone { get; init; }
}

public sealed record CronJobStatus
{
    [Doc("What is running now.")]
    public IReadOnlyList<ObjectReference>? Active { get; init; }

    [Doc("When a run was last started.")]
    public DateTimeOffset? LastScheduleTime { get; init; }

    [Doc("When a run last ended well.")]
    public DateTimeOffset? LastSuccessfulTime { get; init; }
}

public sealed record JobTemplateSpec
{
    [Zero]
    public ObjectMeta? Metadata { get; init; }

    [Doc("The desired state.")]
    [Zero]
    public JobSpec? Spec { get; init; }
}

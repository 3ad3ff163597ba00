using MiniKube.ControlLoop;
using MiniKube.Kinds.Batch;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record JobSeen(
    Item<Kinds.Batch.Job> Job,
    IReadOnlyList<Item<Pod>> Owned,
    IReadOnlyList<Item<Pod>> Orphans,
    DateTimeOffset Now)
{
    public JobSpec Spec => Job.Value.Spec ?? new();
    public JobStatus Status => Job.Value.Status ?? new();
    public Selector Selector => Spec.Selector.Parsed();
    public bool Indexed => Spec.CompletionMode == "Indexed";
    public int Parallelism => Spec.Parallelism ?? 1;
    public int? Completions => Spec.Completions;
    public bool Suspended => Spec.Suspend == true;
    public bool PerIndex => Spec.BackoffLimitPerIndex is not null;
    public JsonMap Template => Job.Tree().Map("spec")?.Map("template") ?? [];

    public JobCondition? Condition(string type) => Status.Conditions?.FirstOrDefault(c => c.Type == type && c.Status == "True");

    public bool IsFinished => Condition("Complete") is not null || Condition("Failed") is not null;
}

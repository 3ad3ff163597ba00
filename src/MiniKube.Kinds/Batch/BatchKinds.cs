using MiniKube.Machinery;

namespace MiniKube.Kinds.Batch;

internal static class BatchKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Job>() with { Hooks = JobHooks.All, Columns = BatchTables.Job, SelectableFields = BatchTables.JobFields },
        KindDeclaration.Of<CronJob>() with { Hooks = CronJobHooks.All, Columns = BatchTables.CronJob },
    ];
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Flowcontrol;

namespace MiniKube.Controllers;

public sealed record FlowSchemaSeen(Item<FlowSchema> Schema, bool LevelExists, DateTimeOffset Now);

/// <summary>Says of every flow schema whether the priority level it leads to is there.</summary>
public sealed class FlowSchemaController(Caches caches) : Controller<FlowSchemaSeen>
{
    private const string Dangling = "Dangling";

    private readonly Cache<FlowSchema> schemas = caches.Of<FlowSchema>();
    private readonly Cache<PriorityLevelConfiguration> levels = caches.Of<PriorityLevelConfiguration>();

    public override string Name => "flow-schema-controller";

    public override void Watch(Triggers triggers)
    {
        var byLevel = schemas.Index("level", s => [LevelOf(s)]);
        triggers.OnSelf(schemas);
        triggers.On(levels, c => c.Old is null || c.New is null ? byLevel[c.Latest.Name].Select(s => s.Key) : []);
    }

    protected override FlowSchemaSeen? Observe(Turn turn) =>
        schemas.Get(turn.Key) is { BeingDeleted: false } schema ? new(schema, levels.Get("", LevelOf(schema)) is not null, turn.Now) : null;

    protected override Plan For(FlowSchemaSeen seen) => PlanFor(seen);

    public static Plan PlanFor(FlowSchemaSeen seen)
    {
        var conditions = seen.Schema.Value.Status?.Conditions ?? [];
        var known = conditions.FirstOrDefault(c => c.Type == Dangling);
        var level = $"This FlowSchema references the PriorityLevelConfiguration object named \"{LevelOf(seen.Schema)}\"";
        var said = seen.LevelExists
            ? new FlowSchemaCondition { Type = Dangling, Status = "False", Reason = "Found", Message = $"{level} and it exists" }
            : new FlowSchemaCondition { Type = Dangling, Status = "True", Reason = "NotFound", Message = $"{level} but there is no such object" };
        said = said with { LastTransitionTime = known is not null && known.Status == said.Status ? known.LastTransitionTime : seen.Now };
        return Plan.Of([.. StatusChange.To(seen.Schema, new FlowSchemaStatus { Conditions = [.. conditions.Where(c => c.Type != Dangling), said] })]);
    }

    private static string LevelOf(Item<FlowSchema> schema) => schema.Value.Spec?.PriorityLevelConfiguration?.Name ?? "";
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Rbac;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record AggregationSeen(Item<ClusterRole> Role, IReadOnlyList<Item<ClusterRole>> Selected);

/// <summary>Roles that are made of others: the rules of all roles that a selector finds, each rule once.</summary>
public sealed class ClusterRoleAggregationController(Caches caches) : Controller<AggregationSeen>
{
    private readonly Cache<ClusterRole> roles = caches.Of<ClusterRole>();

    public override string Name => "clusterrole-aggregation-controller";

    public override void Watch(Triggers triggers) =>
        triggers.On(roles, _ => roles.All().Where(r => r.Value.AggregationRule is not null).Select(r => r.Key));

    protected override AggregationSeen? Observe(Turn turn)
    {
        if (roles.Get(turn.Key) is not { Value.AggregationRule.ClusterRoleSelectors: { } texts } role) return null;
        var selectors = texts.Select(s => s.Parsed()).ToArray();
        return new(role, [.. roles.All().Where(r => r.Name != role.Name && selectors.Any(s => s.Matches(r.Meta.Labels))).OrderBy(r => r.Name, StringComparer.Ordinal)]);
    }

    protected override Plan For(AggregationSeen seen) => PlanFor(seen);

    public static Plan PlanFor(AggregationSeen seen)
    {
        var rules = new JsonList();
        foreach (var rule in seen.Selected.SelectMany(r => r.Tree().List("rules") ?? []))
            if (!rules.Any(r => r.SameAs(rule))) rules.Add(rule);
        if (rules.SameAs(seen.Role.Tree().List("rules") ?? [])) return Plan.Nothing;
        return Plan.Of(new PlanAction.Patch(seen.Role.Type.Ref, null, seen.Role.Name, seen.Role.Uid, seen.Role.Meta.ResourceVersion,
            new JsonMap { { "rules", rules } }));
    }
}

namespace MiniKube.Kinds.Rbac;

[Doc("Permissions for the whole cluster, or to be bound in any namespace.")]
[Kind("rbac.authorization.k8s.io", "v1", "clusterroles", ClusterScoped = true)]
public sealed record ClusterRole : KubeObject
{
    [Doc("Roles whose rules are collected into this one.")]
    public AggregationRule? AggregationRule { get; init; }

    [Doc("What is allowed.")]
    public IReadOnlyList<PolicyRule>? Rules { get; init; }
}

public sealed record AggregationRule
{
    public IReadOnlyList<LabelSelector>? ClusterRoleSelectors { get; init; }
}

using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

[Doc("Keeps replicas of a pod template running and rolls out its changes.")]
[Kind("apps", "v1", "deployments", Short = "deploy", Categories = "all", Generation = true)]
[ScaleSubresource(".spec.replicas", ".status.replicas", ".spec.selector")]
[Subresource("status")]
public sealed record Deployment : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public DeploymentSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public DeploymentStatus? Status { get; init; }
}

[Doc("What a Deployment should do.")]
public sealed record DeploymentSpec
{
    [Doc("Seconds a pod must be ready before it counts as available.")]
    [OmitZero]
    public int? MinReadySeconds { get; init; }

    [Doc("Changes of the template are not rolled out.")]
    [OmitZero]
    public bool? Paused { get; init; }

    [Doc("Seconds without progress after which a rollout counts as failed.")]
    [Default(600)]
    public int? ProgressDeadlineSeconds { get; init; }

    [Doc("How many pods there should be.")]
    [Default(1)]
    public int? Replicas { get; init; }

    [Doc("How many old ReplicaSets are kept for rollback.")]
    [Default(10)]
    public int? RevisionHistoryLimit { get; init; }

    [Doc("The pods this Deployment owns; must match the template and can't be changed.")]
    [Required]
    public LabelSelector? Selector { get; init; }

    [Doc("How old pods are replaced by new ones.")]
    [Zero, PatchRetainKeys]
    public DeploymentStrategy? Strategy { get; init; }

    [Doc("What the pods look like.")]
    [Required]
    public PodTemplateSpec? Template { get; init; }
}

[Doc("What was last seen of a Deployment.")]
public sealed record DeploymentStatus
{
    [Doc("Pods that have been ready for minReadySeconds.")]
    [OmitZero]
    public int? AvailableReplicas { get; init; }

    [Doc("How often a name had to be drawn again because it was taken.")]
    public int? CollisionCount { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<DeploymentCondition>? Conditions { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [Doc("Pods that are ready.")]
    [OmitZero]
    public int? ReadyReplicas { get; init; }

    [OmitZero]
    public int? Replicas { get; init; }

    [Doc("Pods that are ending.")]
    public int? TerminatingReplicas { get; init; }

    [Doc("Pods still missing to full availability.")]
    [OmitZero]
    public int? UnavailableReplicas { get; init; }

    [Doc("Pods of the newest template.")]
    [OmitZero]
    public int? UpdatedReplicas { get; init; }
}

[Doc("How old pods are replaced by new ones.")]
public sealed record DeploymentStrategy
{
    [Doc("How a rolling update proceeds.")]
    public RollingUpdateDeployment? RollingUpdate { get; init; }

    [Allowed("Recreate", "RollingUpdate")]
    public string? Type { get; init; }
}

public sealed record DeploymentCondition
{
    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    [Doc("When the condition was last updated.")]
    [Zero]
    public DateTimeOffset? LastUpdateTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}

public sealed record RollingUpdateDeployment
{
    [Doc("How many pods there may be beyond the wanted ones, as a count or percentage.")]
    public IntOrString? MaxSurge { get; init; }

    [Doc("How many pods may be unavailable, as a count or percentage.")]
    public IntOrString? MaxUnavailable { get; init; }
}

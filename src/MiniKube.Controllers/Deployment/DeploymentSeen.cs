using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>A Deployment with its ReplicaSets, and the names and sizes that follow from its spec.</summary>
public sealed record DeploymentSeen(
    Item<Deployment> Deployment,
    IReadOnlyList<Item<ReplicaSet>> Owned,
    IReadOnlyList<Item<ReplicaSet>> Orphans,
    DateTimeOffset Now,
    ApiError? LastFailure = null)
{
    private JsonMap? tree;

    /// <summary>Whether pods of old versions still run; asked for only by Recreate.</summary>
    public Func<Item<ReplicaSet>, IReadOnlyList<Item<Pod>>> PodsOf { get; init; } = _ => [];

    /// <summary>Whatever has the name that a new ReplicaSet would get.</summary>
    public Func<string, Item<ReplicaSet>?> Named { get; init; } = _ => null;

    public DeploymentSpec Spec => Deployment.Value.Spec ?? new();
    public DeploymentStatus Status => Deployment.Value.Status ?? new();
    public Selector Selector => Spec.Selector.Parsed();
    public int Replicas => Spec.Replicas ?? 1;
    public bool RollingUpdate => Spec.Strategy?.Type != "Recreate";
    public int? ProgressDeadline => Spec.ProgressDeadlineSeconds is { } s && s != int.MaxValue ? s : null;

    public JsonMap Template => (tree ??= Deployment.Tree()).Map("spec")?.Map("template") ?? [];

    public string Hash => TemplateHash.Of(Template, Status.CollisionCount);

    public string NewName => $"{Deployment.Name}-{Hash}";

    /// <summary>Pods above the wanted number while rolling; both zero would never move.</summary>
    public int MaxSurge => RollingUpdate ? Spec.Strategy?.RollingUpdate?.MaxSurge?.Of(Replicas, roundUp: true) ?? 0 : 0;

    public int MaxUnavailable
    {
        get
        {
            if (!RollingUpdate || Replicas == 0) return 0;
            var most = Spec.Strategy?.RollingUpdate?.MaxUnavailable?.Of(Replicas, roundUp: false) ?? 0;
            if (most == 0 && MaxSurge == 0) most = 1;
            return Math.Min(most, Replicas);
        }
    }

    public DeploymentCondition? Condition(string type) => Status.Conditions?.FirstOrDefault(c => c.Type == type);
}

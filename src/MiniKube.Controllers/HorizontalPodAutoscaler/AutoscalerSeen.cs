using System.Collections.Immutable;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Autoscaling;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>What is scaled, as its scale subresource shows it.</summary>
public sealed record ScaleSeen(ResourceRef Resource, string Name, string ResourceVersion, int Wanted, int Running, string Selector);

/// <summary>What a pod used of something in the time that ended then, in thousandths.</summary>
public readonly record struct PodUse(long Milli, DateTimeOffset Time, TimeSpan Window);

/// <summary>What containers of the pods in question use, or why nobody can say. By pod and container.</summary>
public sealed record UseSeen(IReadOnlyDictionary<string, MeasuredPod> Pods, string? Fault)
{
    public static readonly UseSeen Nothing = new(new Dictionary<string, MeasuredPod>(), null);
}

public sealed record MeasuredPod(DateTimeOffset Time, TimeSpan Window, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Quantity>> Containers);

/// <summary>What a server of metrics says of one of them, in thousandths, by the names of the objects; or why it can't be said.</summary>
public sealed record CustomSeen(IReadOnlyList<(string Object, PodUse Use)> Values, string? Fault);

/// <summary>An autoscaler and all that its decision hangs on. Rivals scale some of the same pods; ScaleFault says why the target can't be scaled.</summary>
public sealed record AutoscalerSeen(Item<Kinds.Autoscaling.HorizontalPodAutoscaler> Autoscaler, ScaleSeen? Scale, string? ScaleFault, IReadOnlyList<Item<Pod>> Pods,
    IReadOnlyList<string> Rivals, UseSeen Use, ScalingHistory History, ApiError? LastFailure, DateTimeOffset Now)
{
    /// <summary>For each metric of the spec that isn't a resource: what is known of it.</summary>
    public IReadOnlyList<CustomSeen?> Custom { get; init; } = [];

    public HorizontalPodAutoscalerSpec Spec { get; } = Autoscaler.Value.Spec ?? new();
    public HorizontalPodAutoscalerStatus Status { get; } = Autoscaler.Value.Status ?? new();
    public int Least => Spec.MinReplicas ?? 1;
    public int Most => Spec.MaxReplicas ?? 1;
}

/// <summary>What was advised and done lately: rates and stabilization go by it. It is kept in memory alone and begins anew with the process.</summary>
public sealed record ScalingHistory(ImmutableList<(int Replicas, DateTimeOffset At)> Advised, ImmutableList<(int Pods, DateTimeOffset At)> Added, ImmutableList<(int Pods, DateTimeOffset At)> Removed)
{
    public static readonly ScalingHistory Empty = new([], [], []);
}

using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Status;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Pods;

/// <summary>What is told of a change of amounts: read off the conditions that were told and those that will be, so a restart tells nothing twice.</summary>
internal static class ResizeEvents
{
    public static IEnumerable<(string Type, string Reason, string Message)> Of(Pod asked, Pod agreed, PodStatus next)
    {
        PodCondition? Before(string type) => asked.Status?.Conditions?.FirstOrDefault(c => c.Type == type);
        PodCondition? Now(string type) => next.Conditions?.FirstOrDefault(c => c.Type == type);
        var (waited, waits) = (Before(PodConditions.ResizePending), Now(PodConditions.ResizePending));
        var (went, goes) = (Before(PodConditions.ResizeInProgress), Now(PodConditions.ResizeInProgress));
        if (waits is not null && (waited?.Reason != waits.Reason || waited?.Message != waits.Message))
            yield return ("Warning", $"Resize{waits.Reason}", $"Pod resize {Short(waits)}: {Amounts(asked, waits.Message)}");
        if (goes is { Reason: null } && went is null) yield return ("Normal", "ResizeStarted", $"Pod resize started: {Amounts(agreed)}");
        if (goes is { Reason: not null } && went?.Message != goes.Message) yield return ("Warning", "ResizeError", $"Pod resize error: {Amounts(agreed, goes.Message)}");
        if (went is not null && goes is null) yield return ("Normal", "ResizeCompleted", $"Pod resize completed: {Amounts(agreed)}");
    }

    /// <summary>For want of what: "Node didn't have enough resource: cpu, …".</summary>
    private static string Short(PodCondition waits) =>
        waits.Reason == "Deferred" && waits.Message?.Split(": ", 2) is [_, var rest] ? $"OutOf{rest.Split(',')[0]}" : waits.Reason!;

    private static string Amounts(Pod pod, string? error = null)
    {
        var told = new JsonMap();
        foreach (var (name, containers) in ((string, IReadOnlyList<Container>?)[])[("initContainers", pod.Spec?.InitContainers), ("containers", pod.Spec?.Containers)])
        {
            if (containers is not { Count: > 0 }) continue;
            told.Add(name, JsonList.Of([.. containers.Select(c => new JsonMap { { "name", c.Name! }, { "resources", c.Resources is null ? [] : KubeJson.ToTree(c.Resources) } })]));
        }
        told.Add("generation", pod.Metadata.Generation ?? 0);
        if (error is not null) told.Add("error", error);
        return told.ToString();
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Batch;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>What podFailurePolicy makes of a failed pod: the first rule that fits decides.</summary>
public static class FailurePolicy
{
    public static (string Action, string? Message) Of(JobSeen seen, Item<Pod> pod)
    {
        var rules = seen.Spec.PodFailurePolicy?.Rules ?? [];
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].OnExitCodes is { } codes && MatchExit(codes, pod) is { } container)
            {
                var code = container.State!.Terminated!.ExitCode;
                return (rules[i].Action ?? "Count", $"Container {container.Name} for pod {pod.Key} failed with exit code {code} matching {rules[i].Action} rule at index {i}");
            }
            if ((rules[i].OnPodConditions ?? []).FirstOrDefault(p => pod.Condition(p.Type ?? "") is { } c && c.Status == (p.Status ?? "True")) is { } pattern)
                return (rules[i].Action ?? "Count", $"Pod {pod.Key} has condition {pattern.Type} matching {rules[i].Action} rule at index {i}");
        }
        return ("Count", null);
    }

    private static ContainerStatus? MatchExit(PodFailurePolicyOnExitCodesRequirement codes, Item<Pod> pod)
    {
        var all = (pod.Value.Status?.ContainerStatuses ?? []).Concat(pod.Value.Status?.InitContainerStatuses ?? []);
        foreach (var status in all)
        {
            if (codes.ContainerName is { } only && status.Name != only) continue;
            if (status.State?.Terminated?.ExitCode is not { } code || code == 0) continue;
            var listed = codes.Values?.Contains(code) == true;
            if (codes.Operator == "NotIn" ? !listed : listed) return status;
        }
        return null;
    }
}

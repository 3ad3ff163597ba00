using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Node;

/// <summary>What is told of a node: that its agent or the whole machine started, and every condition that has changed.</summary>
internal static class NodeEvents
{
    private static readonly (string Condition, string Holds, string HoldsNot)[] Words =
    [
        ("MemoryPressure", "NodeHasInsufficientMemory", "NodeHasSufficientMemory"),
        ("DiskPressure", "NodeHasDiskPressure", "NodeHasNoDiskPressure"),
        ("PIDPressure", "NodeHasInsufficientPID", "NodeHasSufficientPID"),
        ("Ready", "NodeReady", "NodeNotReady"),
    ];

    /// <summary><paramref name="before"/> is null for a node that has just been made, <paramref name="starting"/> for what its agent tells first.</summary>
    public static IEnumerable<(string Type, string Reason, string Message)> Of(string name, NodeStatus? before, NodeStatus now, bool starting)
    {
        if (starting) yield return ("Normal", "Starting", "Starting kubelet.");
        if (before?.NodeInfo?.BootID is { Length: > 0 } boot && now.NodeInfo?.BootID is { Length: > 0 } next && boot != next)
            yield return ("Warning", "Rebooted", $"Node {name} has been rebooted, boot id: {next}");
        foreach (var (condition, holds, holdsNot) in Words)
        {
            if (StatusOf(now, condition) is not { } status || !starting && StatusOf(before, condition) == status) continue;
            var reason = status == "True" ? holds : holdsNot;
            yield return ("Normal", reason, $"Node {name} status is now: {reason}");
        }
    }

    private static string? StatusOf(NodeStatus? status, string condition) => status?.Conditions?.FirstOrDefault(c => c.Type == condition)?.Status;
}

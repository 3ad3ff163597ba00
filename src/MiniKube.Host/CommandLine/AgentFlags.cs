namespace MiniKube.Host;

/// <summary>Everything `minik agent` can be told: where to join, and what the server's own node can be told too.</summary>
public static class AgentFlags
{
    private static readonly string[] NotHere = ["disable-agent", "simulate-nodes"];

    public static IReadOnlyList<Flag> All { get; } =
    [
        new("Joining", "join", "URL", "The server to join, such as https://10.0.0.1:6443 (default: the one joined before)"),
        new("Joining", "token", "TOKEN", "With what to join: 'minik token create' on the server makes one. Needed once"),
        new("Data", "data-dir", "DIR", "Where the node keeps everything") { Default = "/var/lib/minik" },
        new("Node", "disable", "PART", "Leave out built-in parts on this node: dns, proxy") { Many = true },
        .. ServerFlags.All.Where(f => f.Group == "Node" && !NotHere.Contains(f.Name) || f.Name is "log-level" or "log-format")
            .Select(f => f.Name == "runtime" ? f with { Description = "Container engine: auto, docker, containerd or simulated (the whole node, but containers only pretend to run)" } : f),
    ];
}

namespace MiniKube.Kubelet.Port;

/// <summary>Who asks on the node's own port.</summary>
public sealed record Visitor(string Name, IReadOnlyList<string> Groups)
{
    public string Uid { get; init; } = "";
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

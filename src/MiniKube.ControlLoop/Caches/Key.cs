namespace MiniKube.ControlLoop;

/// <summary>Namespace ("" for cluster scope) and name: what queues and caches are keyed by.</summary>
public readonly record struct Key(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";

    public static Key Cluster(string name) => new("", name);
}

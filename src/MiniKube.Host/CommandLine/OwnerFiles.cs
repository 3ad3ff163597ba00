using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Host;

/// <summary>What a server leaves in its data directory for its owner's commands: where it listens, where his kubeconfig is.</summary>
internal static class OwnerFiles
{
    public static string Store(string data) => Path.Combine(data, "server", "state.db");

    /// <summary>Held by a running agent, as a server holds its store.</summary>
    public static string Agent(string data) => Path.Combine(data, "agent", "running");

    /// <summary>The process that runs on a data directory, as far as it is known; null when none does.</summary>
    public static int? Holder(string data)
    {
        foreach (var path in (string[])[Store(data), Agent(data)])
        {
            if (!File.Exists(path + ".lock")) continue;
            var (free, holder) = StateStore.KeepClosed(path);
            if (free is null) return holder;
            free.Dispose();
        }
        return null;
    }

    public static string SecretKeys(string data) => Path.Combine(data, "pki", "secrets.keys");

    public static string Snapshots(string data) => Path.Combine(data, "snapshots");

    public static void RememberAddress(string data, string url) => Write(data, "address", url);

    public static void RememberKubeconfig(string data, string path) => Write(data, "kubeconfig", Path.GetFullPath(path));

    /// <summary>What a node leaves on its machine goes by these, so cleaning up after it needs them.</summary>
    public static void RememberNode(NodeSettings settings) => File.WriteAllText(Node(settings.DataDir), JsonWriter.ToText(new JsonMap
    {
        { "node-name", settings.NodeName }, { "service-cidr", settings.ServiceCidr }, { "cluster-cidr", settings.ClusterCidr }, { "cluster-dns", settings.ClusterDns },
    }) + "\n");

    public static JsonMap LastNode(string data) => File.Exists(Node(data)) ? JsonReader.ParseMap(File.ReadAllText(Node(data)))
        : Read(data, "node.json") is { Length: > 0 } before ? JsonReader.ParseMap(before) : [];

    private static string Node(string data) => Path.Combine(data, "node.json");

    public static string? LastAddress(string data) => Read(data, "address");

    public static string? LastKubeconfig(string data) => Read(data, "kubeconfig");

    private static void Write(string data, string name, string text) => File.WriteAllText(Path.Combine(data, "server", name), text + "\n");

    private static string? Read(string data, string name)
    {
        var file = Path.Combine(data, "server", name);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }
}

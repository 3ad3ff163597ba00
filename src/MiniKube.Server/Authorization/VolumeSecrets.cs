using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The secrets a node needs to mount a persistent volume; those that only a driver's controller needs are none of its business.</summary>
internal static class VolumeSecrets
{
    private static readonly string[] OfNodes = ["secretRef", "nodeStageSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"];

    /// <summary>Without a namespace of its own, a secret is in the claim's.</summary>
    public static IEnumerable<(string Namespace, string Name)> Of(JsonMap spec, string claimNamespace)
    {
        foreach (var (_, value) in spec)
        {
            if (value is not JsonMap source) continue;
            foreach (var member in OfNodes)
                if (source.Map(member)?.Text("name") is { Length: > 0 } name) yield return (In(source.Map(member)!.Text("namespace")), name);
            if (source.Text("secretName") is { Length: > 0 } named) yield return (In(source.Text("secretNamespace")), named);
        }

        string In(string? given) => string.IsNullOrEmpty(given) ? claimNamespace : given;
    }
}

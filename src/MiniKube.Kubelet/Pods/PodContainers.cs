using System.Security.Cryptography;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>All containers of a pod under one type.</summary>
public static class PodContainers
{
    public static IEnumerable<(Container Container, ContainerKind Kind)> Of(PodSpec spec)
    {
        foreach (var init in spec.InitContainers ?? []) yield return (init, init.RestartPolicy == "Always" ? ContainerKind.Sidecar : ContainerKind.Init);
        foreach (var main in spec.Containers ?? []) yield return (main, ContainerKind.Main);
        foreach (var ephemeral in spec.EphemeralContainers ?? []) yield return (Of(ephemeral), ContainerKind.Ephemeral);
    }

    /// <summary>The members are the same but for the target.</summary>
    public static Container Of(EphemeralContainer ephemeral) => KubeJson.Read<Container>(KubeJson.Write(ephemeral));

    /// <summary>Where events say the container is.</summary>
    public static string FieldPath(string name, ContainerKind kind) => kind switch
    {
        ContainerKind.Init or ContainerKind.Sidecar => $"spec.initContainers{{{name}}}",
        ContainerKind.Ephemeral => $"spec.ephemeralContainers{{{name}}}",
        _ => $"spec.containers{{{name}}}",
    };
}

/// <summary>The image is the only part of a running container's declaration that may change and asks for a new one.</summary>
internal static class ContainerHash
{
    public static string Of(Container container) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{container.Name}\n{container.Image}")))[..12];
}

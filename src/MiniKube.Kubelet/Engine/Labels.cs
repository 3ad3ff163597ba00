namespace MiniKube.Kubelet;

/// <summary>Labels by which containers are found again after a restart. Upstream's names where there are some.</summary>
public static class Labels
{
    public const string PodUid = "io.kubernetes.pod.uid";
    public const string PodName = "io.kubernetes.pod.name";
    public const string PodNamespace = "io.kubernetes.pod.namespace";
    public const string ContainerName = "io.kubernetes.container.name";

    /// <summary>How often this container of the pod was started before.</summary>
    public const string Attempt = "io.kubernetes.container.restartCount";

    /// <summary>Seconds to wait before the next start, should this one end.</summary>
    public const string BackOff = "minik.container.backoff";

    /// <summary>Hash of the part of the declaration that can't change in a running container.</summary>
    public const string Hash = "io.kubernetes.container.hash";

    public const string Kind = "minik.kind";
    public const string Sandbox = "sandbox";
    public const string Container = "container";

    /// <summary>The node, so that several nodes can share an engine.</summary>
    public const string Node = "minik.node";

    /// <summary>Init, sidecar, main or ephemeral.</summary>
    public const string Role = "minik.container.role";

    public const string StopSignal = "minik.container.stopSignal";
    public const string GracePeriod = "io.kubernetes.pod.terminationGracePeriod";
    public const string HostNetwork = "minik.pod.hostNetwork";
    public const string Users = "minik.pod.users";
}

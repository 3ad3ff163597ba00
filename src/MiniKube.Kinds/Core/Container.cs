using System.Text.Json.Serialization;

namespace MiniKube.Kinds.Core;

[Doc("A program to run in a pod, with its image and surroundings.")]
public sealed record Container
{
    [Doc("Replaces the image's default arguments.")]
    public IReadOnlyList<string>? Args { get; init; }

    [Doc("Replaces the image's entry point.")]
    public IReadOnlyList<string>? Command { get; init; }

    [Doc("Environment variables.")]
    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<EnvVar>? Env { get; init; }

    [Doc("Environment variables from all keys of ConfigMaps and Secrets.")]
    public IReadOnlyList<EnvFromSource>? EnvFrom { get; init; }

    [Doc("The image to run.")]
    public string? Image { get; init; }

    [Doc("When to pull; Always for the tag latest, otherwise IfNotPresent.")]
    [Allowed("Always", "IfNotPresent", "Never")]
    public string? ImagePullPolicy { get; init; }

    [Doc("What to run after the start and before the stop.")]
    public Lifecycle? Lifecycle { get; init; }

    [Doc("The container is restarted when this fails.")]
    public Probe? LivenessProbe { get; init; }

    [Doc("Unique within the pod; a DNS label.")]
    [Required]
    public string? Name { get; init; }

    [Doc("Ports the container listens on; for information, except hostPort.")]
    [ListMap("containerPort", "protocol"), PatchMerge("containerPort")]
    public IReadOnlyList<ContainerPort>? Ports { get; init; }

    [Doc("The pod receives traffic only while this succeeds.")]
    public Probe? ReadinessProbe { get; init; }

    public IReadOnlyList<ContainerResizePolicy>? ResizePolicy { get; init; }

    [Doc("What the container needs at least and may use at most.")]
    [Zero]
    public ResourceRequirements? Resources { get; init; }

    [Doc("Always makes an init container a sidecar.")]
    [KeepEmpty]
    public string? RestartPolicy { get; init; }

    public IReadOnlyList<ContainerRestartRule>? RestartPolicyRules { get; init; }

    [Doc("Privileges and identity.")]
    public SecurityContext? SecurityContext { get; init; }

    [Doc("Other probes wait until this has succeeded.")]
    public Probe? StartupProbe { get; init; }

    [Doc("Keep standard input open.")]
    [OmitZero]
    public bool? Stdin { get; init; }

    [Doc("Close standard input after the first client is gone.")]
    [OmitZero]
    public bool? StdinOnce { get; init; }

    [Doc("File from which the last words are read.")]
    [Default("/dev/termination-log")]
    public string? TerminationMessagePath { get; init; }

    [Doc("Where last words come from when the file is empty.")]
    [Default("File"), Allowed("FallbackToLogsOnError", "File")]
    public string? TerminationMessagePolicy { get; init; }

    [Doc("Give the container a terminal.")]
    [OmitZero]
    public bool? Tty { get; init; }

    [Doc("Block devices to present and where.")]
    [ListMap("devicePath"), PatchMerge("devicePath")]
    public IReadOnlyList<VolumeDevice>? VolumeDevices { get; init; }

    [Doc("Volumes to mount and where.")]
    [ListMap("mountPath"), PatchMerge("mountPath")]
    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }

    [Doc("Where the program starts.")]
    public string? WorkingDir { get; init; }
}

[Doc("A port on which a container listens.")]
public sealed record ContainerPort
{
    [JsonPropertyName("containerPort"), Required]
    public int? Port { get; init; }

    [Doc("Address of the node.")]
    public string? HostIP { get; init; }

    [OmitZero]
    public int? HostPort { get; init; }

    public string? Name { get; init; }

    [Default("TCP"), Allowed("SCTP", "TCP", "UDP")]
    public string? Protocol { get; init; }
}

public sealed record ContainerResizePolicy
{
    [Required]
    public string? ResourceName { get; init; }

    [Required]
    public string? RestartPolicy { get; init; }
}

public sealed record ContainerRestartRule
{
    [Required]
    public string? Action { get; init; }

    public ContainerRestartRuleOnExitCodes? ExitCodes { get; init; }
}

public sealed record VolumeDevice
{
    [Required]
    public string? DevicePath { get; init; }

    [Required]
    public string? Name { get; init; }
}

[Doc("Where a volume appears inside a container.")]
public sealed record VolumeMount
{
    [Doc("Where it appears in the container.")]
    [Required]
    public string? MountPath { get; init; }

    [Doc("Whether later mounts are seen on the other side.")]
    [KeepEmpty, Allowed("Bidirectional", "HostToContainer", "None")]
    public string? MountPropagation { get; init; }

    [Required]
    public string? Name { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [KeepEmpty]
    public string? RecursiveReadOnly { get; init; }

    [Doc("The path inside the volume to mount.")]
    public string? SubPath { get; init; }

    [Doc("Like subPath, with variables of the container.")]
    public string? SubPathExpr { get; init; }
}

public sealed record ContainerRestartRuleOnExitCodes
{
    [Required]
    public string? Operator { get; init; }

    [ListSet]
    public IReadOnlyList<int>? Values { get; init; }
}

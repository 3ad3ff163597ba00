namespace MiniKube.Kinds.Core;

[Doc("A container added to a running pod, for debugging.")]
public sealed record EphemeralContainer
{
    public IReadOnlyList<string>? Args { get; init; }
    public IReadOnlyList<string>? Command { get; init; }

    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<EnvVar>? Env { get; init; }

    public IReadOnlyList<EnvFromSource>? EnvFrom { get; init; }
    public string? Image { get; init; }

    [Allowed("Always", "IfNotPresent", "Never")]
    public string? ImagePullPolicy { get; init; }

    public Lifecycle? Lifecycle { get; init; }
    public Probe? LivenessProbe { get; init; }

    [Required]
    public string? Name { get; init; }

    [ListMap("containerPort", "protocol"), PatchMerge("containerPort")]
    public IReadOnlyList<ContainerPort>? Ports { get; init; }

    public Probe? ReadinessProbe { get; init; }
    public IReadOnlyList<ContainerResizePolicy>? ResizePolicy { get; init; }

    [Doc("What is needed at least and may be used at most.")]
    [Zero]
    public ResourceRequirements? Resources { get; init; }

    [KeepEmpty]
    public string? RestartPolicy { get; init; }

    public IReadOnlyList<ContainerRestartRule>? RestartPolicyRules { get; init; }
    public SecurityContext? SecurityContext { get; init; }
    public Probe? StartupProbe { get; init; }

    [OmitZero]
    public bool? Stdin { get; init; }

    [OmitZero]
    public bool? StdinOnce { get; init; }

    public string? TargetContainerName { get; init; }

    [Default("/dev/termination-log")]
    public string? TerminationMessagePath { get; init; }

    [Default("File"), Allowed("FallbackToLogsOnError", "File")]
    public string? TerminationMessagePolicy { get; init; }

    [OmitZero]
    public bool? Tty { get; init; }

    [ListMap("devicePath"), PatchMerge("devicePath")]
    public IReadOnlyList<VolumeDevice>? VolumeDevices { get; init; }

    [ListMap("mountPath"), PatchMerge("mountPath")]
    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }

    public string? WorkingDir { get; init; }
}

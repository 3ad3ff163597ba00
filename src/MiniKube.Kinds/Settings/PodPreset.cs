using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Settings;

[Doc("What pods with certain labels get when they are made. Upstream gave it up; manifests that use it still work.")]
[Kind("settings.k8s.io", "v1alpha1", "podpresets")]
public sealed record PodPreset : KubeObject
{
    public PodPresetSpec? Spec { get; init; }
}

public sealed record PodPresetSpec
{
    [Doc("The pods; all of the namespace where it is empty.")]
    public LabelSelector? Selector { get; init; }

    [Doc("Environment variables for all their containers.")]
    public IReadOnlyList<EnvVar>? Env { get; init; }

    [Doc("Environment variables from all keys of ConfigMaps and Secrets.")]
    public IReadOnlyList<EnvFromSource>? EnvFrom { get; init; }

    [Doc("Volumes for the pods.")]
    public IReadOnlyList<Volume>? Volumes { get; init; }

    [Doc("Where all their containers mount volumes.")]
    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }
}

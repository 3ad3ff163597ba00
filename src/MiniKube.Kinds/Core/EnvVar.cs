using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("An environment variable of a container.")]
public sealed record EnvVar
{
    [Required]
    public string? Name { get; init; }

    public string? Value { get; init; }

    [Doc("Where the value comes from.")]
    public EnvVarSource? ValueFrom { get; init; }
}

[Doc("Where the value of an environment variable comes from; exactly one is set.")]
public sealed record EnvVarSource
{
    [Doc("A key of a ConfigMap.")]
    public ConfigMapKeySelector? ConfigMapKeyRef { get; init; }

    [Doc("A field of the pod.")]
    public ObjectFieldSelector? FieldRef { get; init; }

    public FileKeySelector? FileKeyRef { get; init; }

    [Doc("A request or limit of a container.")]
    public ResourceFieldSelector? ResourceFieldRef { get; init; }

    [Doc("A key of a Secret.")]
    public SecretKeySelector? SecretKeyRef { get; init; }
}

[AtomicMap]
public sealed record ConfigMapKeySelector
{
    [Required]
    public string? Key { get; init; }

    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }
}

[AtomicMap]
public sealed record ObjectFieldSelector
{
    [Default("v1")]
    public string? ApiVersion { get; init; }

    [Doc("Path of the field.")]
    [Required]
    public string? FieldPath { get; init; }
}

[AtomicMap]
public sealed record FileKeySelector
{
    [Required]
    public string? Key { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }

    [Required]
    public string? Path { get; init; }

    [Required]
    public string? VolumeName { get; init; }
}

[AtomicMap]
public sealed record ResourceFieldSelector
{
    [Doc("Name of the container.")]
    public string? ContainerName { get; init; }

    [Zero]
    public Quantity? Divisor { get; init; }

    [Required]
    public string? Resource { get; init; }
}

[AtomicMap]
public sealed record SecretKeySelector
{
    [Required]
    public string? Key { get; init; }

    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }
}

public sealed record ConfigMapEnvSource
{
    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }
}

[Doc("All keys of a ConfigMap or Secret as environment variables.")]
public sealed record EnvFromSource
{
    [Doc("The ConfigMap.")]
    public ConfigMapEnvSource? ConfigMapRef { get; init; }

    [Doc("Put before every name.")]
    public string? Prefix { get; init; }

    [Doc("The secret with the credentials to use.")]
    public SecretEnvSource? SecretRef { get; init; }
}

public sealed record SecretEnvSource
{
    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }
}

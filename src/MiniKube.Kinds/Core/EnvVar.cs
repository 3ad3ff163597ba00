using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("An environment variable of a container.")]
public sealed record EnvVar
{
    [Required]
    public string? Name { get; init; }

    public string? Value { get; init; }
    public EnvVarSource? ValueFrom { get; init; }
}

[Doc("Where the value of an environment variable comes from; exactly one is set.")]
public sealed record EnvVarSource
{
    public ConfigMapKeySelector? ConfigMapKeyRef { get; init; }
    public ObjectFieldSelector? FieldRef { get; init; }
    public FileKeySelector? FileKeyRef { get; init; }
    public ResourceFieldSelector? ResourceFieldRef { get; init; }
    public SecretKeySelector? SecretKeyRef { get; init; }
}

[AtomicMap]
public sealed record ConfigMapKeySelector
{
    [Required]
    public string? Key { get; init; }

    public string? Name { get; init; }
    public bool? Optional { get; init; }
}

[AtomicMap]
public sealed record ObjectFieldSelector
{
    [Default("v1")]
    public string? ApiVersion { get; init; }

    [Required]
    public string? FieldPath { get; init; }
}

[AtomicMap]
public sealed record FileKeySelector
{
    [Required]
    public string? Key { get; init; }

    public bool? Optional { get; init; }

    [Required]
    public string? Path { get; init; }

    [Required]
    public string? VolumeName { get; init; }
}

[AtomicMap]
public sealed record ResourceFieldSelector
{
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
    public bool? Optional { get; init; }
}

public sealed record ConfigMapEnvSource
{
    public string? Name { get; init; }
    public bool? Optional { get; init; }
}

[Doc("All keys of a ConfigMap or Secret as environment variables.")]
public sealed record EnvFromSource
{
    public ConfigMapEnvSource? ConfigMapRef { get; init; }
    public string? Prefix { get; init; }
    public SecretEnvSource? SecretRef { get; init; }
}

public sealed record SecretEnvSource
{
    public string? Name { get; init; }
    public bool? Optional { get; init; }
}

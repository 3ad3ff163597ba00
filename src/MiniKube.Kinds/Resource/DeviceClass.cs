namespace MiniKube.Kinds.Resource;

[Doc("A named choice of devices and their configuration.")]
[Kind("resource.k8s.io", "v1", "deviceclasses", ClusterScoped = true)]
public sealed record DeviceClass : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public DeviceClassSpec? Spec { get; init; }
}

public sealed record DeviceClassSpec
{
    public IReadOnlyList<DeviceClassConfiguration>? Config { get; init; }
    public string? ExtendedResourceName { get; init; }
    public IReadOnlyList<DeviceSelector>? Selectors { get; init; }
}

public sealed record DeviceClassConfiguration
{
    public OpaqueDeviceConfiguration? Opaque { get; init; }
}

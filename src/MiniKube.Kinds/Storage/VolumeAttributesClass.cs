namespace MiniKube.Kinds.Storage;

[Doc("Driver-specific volume attributes that can be changed later.")]
[Kind("storage.k8s.io", "v1", "volumeattributesclasses", ClusterScoped = true, Short = "vac")]
public sealed record VolumeAttributesClass : KubeObject
{
    [Required]
    public string? DriverName { get; init; }

    [Doc("Settings that the driver understands.")]
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }
}

namespace MiniKube.Kinds.Core;

[Doc("Configuration as keys and values, for pods to read.")]
[Kind("", "v1", "configmaps", Short = "cm")]
public sealed record ConfigMap : KubeObject
{
    [Doc("Values that are not text, in base64.")]
    public IReadOnlyDictionary<string, byte[]>? BinaryData { get; init; }

    [Doc("Text values.")]
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    [Doc("Keys and values can't be changed any more.")]
    public bool? Immutable { get; init; }
}

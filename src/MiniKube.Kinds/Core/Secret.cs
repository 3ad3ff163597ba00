namespace MiniKube.Kinds.Core;

[Doc("Sensitive values as keys and base64 data.")]
[Kind("", "v1", "secrets")]
public sealed record Secret : KubeObject
{
    [Doc("Values in base64.")]
    public IReadOnlyDictionary<string, byte[]>? Data { get; init; }

    [Doc("Keys and values can't be changed any more.")]
    public bool? Immutable { get; init; }

    [Doc("Plain values, merged into data on write and never read back.")]
    public IReadOnlyDictionary<string, string>? StringData { get; init; }

    [Doc("What the values are for.")]
    [Default("Opaque")]
    public string? Type { get; init; }
}

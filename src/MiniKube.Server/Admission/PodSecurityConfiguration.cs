using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Whom pod security passes over, and what it asks where a namespace has no labels.</summary>
public sealed record PodSecurityConfiguration
{
    public static PodSecurityConfiguration Default { get; } = new();

    /// <summary>As if every namespace had these labels, unless it has its own.</summary>
    public IReadOnlyDictionary<string, string> DefaultLabels { get; init; } = new Dictionary<string, string>();

    public IReadOnlySet<string> Usernames { get; init; } = new HashSet<string>();
    public IReadOnlySet<string> RuntimeClasses { get; init; } = new HashSet<string>();
    public IReadOnlySet<string> Namespaces { get; init; } = new HashSet<string>();

    internal static Result<PodSecurityConfiguration> Read(JsonMap file)
    {
        if (file.Text("kind") != "PodSecurityConfiguration") return ApiError.BadRequest("it is not a PodSecurityConfiguration");
        if (Unknown(file, "", "kind", "apiVersion", "defaults", "exemptions") is { } stray) return stray;
        var (defaults, exemptions) = (file.Map("defaults") ?? [], file.Map("exemptions") ?? []);
        if (Unknown(defaults, "defaults.", "enforce", "enforce-version", "audit", "audit-version", "warn", "warn-version") is { } strayDefault) return strayDefault;
        if (Unknown(exemptions, "exemptions.", "usernames", "runtimeClasses", "namespaces") is { } strayExemption) return strayExemption;
        var labels = new Dictionary<string, string>();
        foreach (var (name, value) in defaults)
            if (value is JsonText { Value.Length: > 0 } text) labels[PodSecurityPolicy.Prefix + name] = text.Value;
        if (PodSecurityPolicy.Of(null, labels).Faults is [var fault, ..]) return ApiError.BadRequest($"defaults: {fault.Message}");
        return new PodSecurityConfiguration
        {
            DefaultLabels = labels, Usernames = Names("usernames"), RuntimeClasses = Names("runtimeClasses"), Namespaces = Names("namespaces"),
        };

        HashSet<string> Names(string member) => [.. (exemptions.List(member) ?? []).Texts()];
    }

    /// <summary>Why a request is passed over, in upstream's word for it, or null when it is not.</summary>
    internal string? Exempt(string ns, UserInfo user) => Namespaces.Contains(ns) ? "namespace" : Usernames.Contains(user.Name) ? "user" : null;

    internal string? Exempt(JsonMap pod) => pod.Map("spec")?.Text("runtimeClassName") is { } name && RuntimeClasses.Contains(name) ? "runtimeClass" : null;

    private static ApiError? Unknown(JsonMap map, string path, params string[] known) =>
        map.Keys.FirstOrDefault(k => !known.Contains(k)) is { } stray ? ApiError.BadRequest($"unknown field \"{path}{stray}\"") : null;
}

using System.Collections.Concurrent;
using System.Text.Json;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Apiextensions;
using MiniKube.Kinds.Apiregistration;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Every resource whose objects can be listed and deleted: the built-in ones, those that CRDs declare, and what servers of other groups say they have.</summary>
public sealed class KnownResources
{
    private readonly Cache<CustomResourceDefinition> definitions;
    private readonly Cache<APIService> registered;
    private readonly IReadOnlyList<ResourceType> builtIn;
    private readonly ConcurrentDictionary<string, IReadOnlyList<ResourceType>> elsewhere = new(StringComparer.Ordinal);

    public KnownResources(Caches caches)
    {
        definitions = caches.Of<CustomResourceDefinition>();
        registered = caches.Of<APIService>();
        // Several versions of a kind show the same objects: one of them is enough.
        builtIn = [.. BuiltInKinds.All
            .Where(k => !k.Hidden && k.Verbs.Contains("list") && k.Verbs.Contains("delete") && k.Verbs.Contains("watch"))
            .GroupBy(k => k.Collection.Length > 0 ? k.Collection : k.GroupResource)
            .Select(g => g.FirstOrDefault(k => k.Conversion is null) ?? g.First())
            .Select(k => new ResourceType(new(k.Group, k.Version, k.Plural), k.Name, k.Namespaced))];
    }

    public Cache<CustomResourceDefinition> Definitions => definitions;

    public Cache<APIService> Registered => registered;

    public IEnumerable<ResourceType> All() => builtIn.Concat(definitions.All().Select(Declared).OfType<ResourceType>()).Concat(elsewhere.Values.SelectMany(t => t));

    /// <summary>The groups and versions that other servers answer for; of what is built in none.</summary>
    public IEnumerable<Item<APIService>> Elsewhere => registered.All().Where(IsElsewhere);

    /// <summary>Asks the server of a group what it has. Why that can't be said, or null.</summary>
    public async ValueTask<string?> Ask(IApi api, Item<APIService> service, CancellationToken cancel)
    {
        var (group, version) = (service.Value.Spec?.Group ?? "", service.Value.Spec?.Version ?? "");
        var stale = $"{group}/{version}: stale GroupVersion discovery: {group}/{version}";
        if (service.Value.Status?.Conditions?.Any(c => c is { Type: "Available", Status: "True" }) != true) return stale;
        var said = await api.Document($"/apis/{group}/{version}", cancel);
        if (!said.Ok) return stale;
        try
        {
            elsewhere[service.Name] = [.. (JsonReader.ReadMap(said.Value.Json.Span).List("resources") ?? []).Maps()
                .Where(r => r.Text("name") is { } name && !name.Contains('/') && (r.List("verbs") ?? []).Texts().ToHashSet() is var verbs && verbs.Contains("list") && verbs.Contains("delete"))
                .Select(r => new ResourceType(new(group, version, r.Text("name")!), r.Text("kind") ?? "", r.Bool("namespaced") == true))];
            return null;
        }
        catch (JsonException)
        {
            return stale;
        }
    }

    /// <summary>What it said last.</summary>
    public IReadOnlyList<ResourceType> Of(string service) => elsewhere.GetValueOrDefault(service, []);

    public IReadOnlyList<ResourceType> Forget(string service) => elsewhere.TryRemove(service, out var types) ? types : [];

    private static bool IsElsewhere(Item<APIService> service) =>
        service.Value.Spec is { Service: not null } spec && !BuiltInKinds.All.Any(k => k.Group == (spec.Group ?? "") && k.Version == spec.Version);

    public IReadOnlyList<ResourceType> BuiltIn => builtIn;

    /// <summary>Null for a kind that nobody serves.</summary>
    public ResourceType? OfKind(string group, string kind) =>
        builtIn.FirstOrDefault(r => r.Ref.Group == group && r.Kind == kind) ??
        definitions.All().Where(d => d.Value.Spec?.Group == group && d.Value.Spec?.Names?.Kind == kind).Select(Declared).FirstOrDefault() ??
        elsewhere.Values.SelectMany(t => t).FirstOrDefault(r => r.Ref.Group == group && r.Kind == kind);

    /// <summary>What a definition declares, once it is established.</summary>
    public static ResourceType? Declared(Item<CustomResourceDefinition> definition)
    {
        var spec = definition.Value.Spec;
        var version = spec?.Versions?.FirstOrDefault(v => v.Served == true);
        if (spec?.Names is not { Plural: { } plural, Kind: { } kind } || version?.Name is null || spec.Group is null) return null;
        var established = definition.Value.Status?.Conditions?.Any(c => c is { Type: "Established", Status: "True" }) == true;
        return established ? new(new(spec.Group, version.Name, plural), kind, spec.Scope != "Cluster") : null;
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Apiextensions;

namespace MiniKube.Controllers;

/// <summary>Every resource whose objects can be listed and deleted: the built-in ones and those that CRDs declare.</summary>
public sealed class KnownResources
{
    private readonly Cache<CustomResourceDefinition> definitions;
    private readonly IReadOnlyList<ResourceType> builtIn;

    public KnownResources(Caches caches)
    {
        definitions = caches.Of<CustomResourceDefinition>();
        // Several versions of a kind show the same objects: one of them is enough.
        builtIn = [.. BuiltInKinds.All
            .Where(k => !k.Hidden && k.Verbs.Contains("list") && k.Verbs.Contains("delete") && k.Verbs.Contains("watch"))
            .GroupBy(k => k.Collection.Length > 0 ? k.Collection : k.GroupResource)
            .Select(g => g.FirstOrDefault(k => k.Conversion is null) ?? g.First())
            .Select(k => new ResourceType(new(k.Group, k.Version, k.Plural), k.Name, k.Namespaced))];
    }

    public Cache<CustomResourceDefinition> Definitions => definitions;

    public IEnumerable<ResourceType> All() => builtIn.Concat(definitions.All().Select(Declared).OfType<ResourceType>());

    public IReadOnlyList<ResourceType> BuiltIn => builtIn;

    /// <summary>Null for a kind that nobody serves.</summary>
    public ResourceType? OfKind(string group, string kind) =>
        builtIn.FirstOrDefault(r => r.Ref.Group == group && r.Kind == kind) ??
        definitions.All().Where(d => d.Value.Spec?.Group == group && d.Value.Spec?.Names?.Kind == kind).Select(Declared).FirstOrDefault();

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

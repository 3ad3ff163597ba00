using MiniKube.Kinds.Core;

namespace MiniKube.ControlLoop;

/// <summary>The indexes that several controllers share, each under its one name.</summary>
public static class Indexes
{
    /// <summary>By uid of the managing owner.</summary>
    public static Index<T> ByController<T>(this Cache<T> cache) where T : class =>
        cache.Index("controller", i => i.Meta.Controller is { } owner ? [owner.Uid] : []);

    public static Index<T> ByNamespace<T>(this Cache<T> cache) where T : class =>
        cache.Index("namespace", i => [i.Namespace]);

    /// <summary>Pods by the node they are bound to.</summary>
    public static Index<Pod> ByNode(this Cache<Pod> cache) =>
        cache.Index("node", p => p.Value.Spec?.NodeName is { Length: > 0 } node ? [node] : []);

    /// <summary>By label: find with <see cref="Selected{T}"/>.</summary>
    public static Index<T> ByLabel<T>(this Cache<T> cache) where T : class =>
        cache.Index("label", i => i.Meta.LabelKeys);

    /// <summary>Objects that nobody manages, by label: what a controller may adopt.</summary>
    public static Index<T> OrphansByLabel<T>(this Cache<T> cache) where T : class =>
        cache.Index("orphan-label", i => i.Meta.Controller is null ? i.Meta.LabelKeys : []);

    /// <summary>The objects of a namespace that a selector matches, found through the rarest of its terms.</summary>
    public static IReadOnlyList<Item<T>> Selected<T>(this Index<T> labels, string ns, Selector selector) where T : class
    {
        if (selector.SelectsNothing()) return [];
        var best = labels[ns];
        foreach (var term in selector.Anchors())
        {
            var key = $"{ns}\n{term}";
            if (labels.Count(key) < best.Count) best = labels[key];
        }
        var found = new List<Item<T>>();
        foreach (var item in best)
            if (selector.Matches(item.Meta.Labels)) found.Add(item);
        return found;
    }

    /// <summary>
    /// Objects that carry a selector, by one term it can't match without: those that may select a given object are found
    /// from the object's labels with <see cref="Selecting{T}"/>.
    /// </summary>
    public static Index<T> BySelector<T>(this Cache<T> cache, Func<Item<T>, Selector> selectorOf) where T : class =>
        cache.Index("selector", i =>
            selectorOf(i) is var selector && !selector.SelectsNothing() ? [$"{i.Namespace}\n{selector.Anchors().FirstOrDefault() ?? ""}"] : []);

    public static IEnumerable<Item<T>> Selecting<T>(this Index<T> selectors, Meta target, Func<Item<T>, Selector> selectorOf) where T : class
    {
        foreach (var candidate in selectors[$"{target.Namespace}\n"])
            if (selectorOf(candidate).Matches(target.Labels)) yield return candidate;
        foreach (var (key, value) in target.Labels)
        {
            foreach (var candidate in selectors[$"{target.Namespace}\n{key}={value}"])
                if (selectorOf(candidate).Matches(target.Labels)) yield return candidate;
            foreach (var candidate in selectors[$"{target.Namespace}\n{key}"])
                if (selectorOf(candidate).Matches(target.Labels)) yield return candidate;
        }
    }
}

using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>One RBAC rule, ready for matching.</summary>
public sealed record PolicyRule(
    IReadOnlyList<string> Verbs,
    IReadOnlyList<string> Groups,
    IReadOnlyList<string> Resources,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Paths)
{
    public static PolicyRule From(JsonMap rule) => new(
        Texts(rule, "verbs"), Texts(rule, "apiGroups"), Texts(rule, "resources"), Texts(rule, "resourceNames"), Texts(rule, "nonResourceURLs"));

    private static string[] Texts(JsonMap rule, string member) => [.. (rule.List(member) ?? []).Texts()];

    public bool Allows(RequestInfo request)
    {
        if (!Has(Verbs, request.Verb)) return false;
        if (!request.IsResource) return Paths.Any(p => p == "*" || p == request.Path || p.EndsWith('*') && request.Path.StartsWith(p[..^1], StringComparison.Ordinal));
        return Has(Groups, request.Group) && HasResource(request.Resource, request.Subresource) && (Names.Count == 0 || Names.Contains(request.Name));
    }

    /// <summary>Whether this rule alone allows everything that a single-valued rule allows.</summary>
    public bool Covers(PolicyRule atom)
    {
        if (!Has(Verbs, atom.Verbs[0])) return false;
        if (atom.Paths.Count > 0)
            return Paths.Any(p => p == "*" || p == atom.Paths[0] || p.EndsWith('*') && atom.Paths[0].StartsWith(p[..^1], StringComparison.Ordinal));
        var slash = atom.Resources[0].IndexOf('/');
        var (resource, subresource) = slash < 0 ? (atom.Resources[0], "") : (atom.Resources[0][..slash], atom.Resources[0][(slash + 1)..]);
        return Has(Groups, atom.Groups[0]) && HasResource(resource, subresource)
            && (Names.Count == 0 || atom.Names.Count > 0 && Names.Contains(atom.Names[0]));
    }

    /// <summary>The rule as rules with one value in each place.</summary>
    public IEnumerable<PolicyRule> Atoms()
    {
        foreach (var verb in Verbs)
        {
            foreach (var group in Groups)
                foreach (var resource in Resources)
                    foreach (var name in Names.Count > 0 ? Names : [""])
                        yield return new([verb], [group], [resource], name.Length > 0 ? [name] : [], []);
            foreach (var path in Paths) yield return new([verb], [], [], [], [path]);
        }
    }

    private static bool Has(IReadOnlyList<string> values, string wanted)
    {
        foreach (var value in values)
            if (value == "*" || value == wanted) return true;
        return false;
    }

    private bool HasResource(string resource, string subresource)
    {
        foreach (var known in Resources)
        {
            if (known == "*") return true;
            if (subresource.Length == 0 ? known == resource : known.Length == resource.Length + 1 + subresource.Length
                && known.StartsWith(resource, StringComparison.Ordinal) && known[resource.Length] == '/' && known.EndsWith(subresource, StringComparison.Ordinal))
                return true;
            if (subresource.Length > 0 && known.Length == subresource.Length + 2 && known.StartsWith("*/", StringComparison.Ordinal) && known.EndsWith(subresource, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    public JsonMap ToJson()
    {
        var rule = new JsonMap { { "verbs", JsonList.OfTexts(Verbs) } };
        if (Groups.Count > 0) rule.Add("apiGroups", JsonList.OfTexts(Groups));
        if (Resources.Count > 0) rule.Add("resources", JsonList.OfTexts(Resources));
        if (Names.Count > 0) rule.Add("resourceNames", JsonList.OfTexts(Names));
        if (Paths.Count > 0) rule.Add("nonResourceURLs", JsonList.OfTexts(Paths));
        return rule;
    }
}

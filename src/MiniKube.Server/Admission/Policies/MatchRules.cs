using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Which requests a policy, a binding or a webhook is about. Pure.</summary>
internal sealed class MatchRules
{
    private readonly IReadOnlyList<Rule>? rules;
    private readonly IReadOnlyList<Rule> excluded;
    private readonly LabelSelector namespaces;
    private readonly LabelSelector objects;
    private readonly bool exact;

    private MatchRules(JsonMap match, JsonList? about)
    {
        rules = about is null ? null : [.. about.Maps().Select(Rule.Of)];
        excluded = [.. (match.List("excludeResourceRules") ?? []).Maps().Select(Rule.Of)];
        namespaces = Selector(match.Map("namespaceSelector"));
        objects = Selector(match.Map("objectSelector"));
        exact = match.Text("matchPolicy") == "Exact";
    }

    public static MatchRules Of(JsonMap? match) => new(match ?? [], match?.List("resourceRules"));

    /// <summary>A webhook without rules is about nothing.</summary>
    public static MatchRules OfWebhook(JsonMap webhook) => new(webhook, webhook.List("rules") ?? []);

    /// <summary>The kind in whose version the request is matched; null where it is not. Versions of one resource are equivalent unless exactness is asked for.</summary>
    public Kind? Fits(AdmissionRequest request, Func<IEnumerable<Kind>> versions, JsonMap? namespaceLabels)
    {
        if (!FitsObject(request) || !FitsNamespace(request, namespaceLabels)) return null;
        var asked = request.Requested ?? request.Kind;
        if (excluded.Any(r => r.Fits(request, asked)) || !exact && excluded.Count > 0 && versions().Any(v => excluded.Any(r => r.Fits(request, v)))) return null;
        if (rules is null || rules.Any(r => r.Fits(request, asked))) return asked;
        return exact ? null : versions().FirstOrDefault(v => rules.Any(r => r.Fits(request, v)));
    }

    private static LabelSelector Selector(JsonMap? selector) => selector is null ? LabelSelector.Everything : LabelSelector.From(selector);

    private bool FitsObject(AdmissionRequest request) =>
        objects.IsEverything || request.Object is { } next && objects.Matches(Labels(next)) || request.Old is { } old && objects.Matches(Labels(old));

    private bool FitsNamespace(AdmissionRequest request, JsonMap? labels)
    {
        if (namespaces.IsEverything) return true;
        // A namespace is looked at as it will be; what is in no namespace is in everybody's.
        if (request.Is("", "namespaces")) return namespaces.Matches(Labels(request.Object ?? request.Old ?? []));
        return !request.Kind.Namespaced || namespaces.Matches(labels);
    }

    private static JsonMap? Labels(JsonMap obj) => obj.Map("metadata")?.Map("labels");

    private sealed record Rule(string[] Operations, string[] Groups, string[] Versions, string[] Resources, string[] Names, string Scope)
    {
        public static Rule Of(JsonMap rule) => new(Texts(rule, "operations"), Texts(rule, "apiGroups"), Texts(rule, "apiVersions"), Texts(rule, "resources"),
            Texts(rule, "resourceNames"), rule.Text("scope") ?? "*");

        public bool Fits(AdmissionRequest request, Kind kind) =>
            Has(Operations, request.Operation switch
            {
                AdmissionOperation.Create => "CREATE",
                AdmissionOperation.Update => "UPDATE",
                AdmissionOperation.Delete => "DELETE",
                _ => "CONNECT",
            })
            && Has(Groups, kind.Group) && Has(Versions, kind.Version) && Resources.Any(r => Covers(r, kind.Plural, request.Subresource))
            && (Names.Length == 0 || Names.Contains(request.Name))
            && Scope switch { "Namespaced" => kind.Namespaced, "Cluster" => !kind.Namespaced, _ => true };

        private static string[] Texts(JsonMap rule, string member) => [.. (rule.List(member) ?? []).Texts()];

        private static bool Has(string[] all, string one) => all.Contains("*") || all.Contains(one);

        private static bool Covers(string pattern, string resource, string subresource)
        {
            var slash = pattern.IndexOf('/');
            var (name, sub) = slash < 0 ? (pattern, "") : (pattern[..slash], pattern[(slash + 1)..]);
            return (name == "*" || name == resource) && (sub == "*" || sub == subresource);
        }
    }
}

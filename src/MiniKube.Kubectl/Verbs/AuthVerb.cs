using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl auth can-i and whoami.</summary>
internal static class AuthVerb
{
    private const string Version = "authorization.k8s.io/v1";

    public static readonly Verb Verb = new("auth", "Inspect authorization", "kubectl auth [flags] [options]")
    {
        Verbs =
        [
            new("can-i", "Check whether an action is allowed", "kubectl auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [options]")
            {
                Flags = [CommonFlags.AllNamespaces, FlagSpec.Switch("list", "Show all that is allowed"), FlagSpec.Switch("no-headers", "No line of headers"), FlagSpec.Switch("quiet", "Answer by the exit code only", 'q'), FlagSpec.Text("subresource", "A subresource: log, exec")],
                Run = CanI,
            },
            new("whoami", "Check self subject attributes", "kubectl auth whoami [options]") { Flags = CommonFlags.Output, Run = WhoAmI },
        ],
    };

    private static async Task<int> CanI(Call call)
    {
        if (call.Switch("list")) return await Rules(call);
        if (call.Arguments.Count is not (2 or 3)) throw new Failure("you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.");
        var (verb, what) = (call.Arguments[0], call.Arguments[1]);
        var spec = new JsonMap();
        if (what.StartsWith('/')) spec.Set("nonResourceAttributes", new JsonMap { { "verb", verb }, { "path", what } });
        else spec.Set("resourceAttributes", await Resource(call, verb, what));
        var answer = (await call.Api.Post($"apis/{Version}/selfsubjectaccessreviews", new JsonMap { { "apiVersion", Version }, { "kind", "SelfSubjectAccessReview" }, { "spec", spec } })).Status();
        var allowed = answer.Bool("allowed") == true;
        if (!call.Switch("quiet"))
        {
            var reason = allowed || answer.Text("reason") is not { Length: > 0 } why ? "" : $" - {why}";
            call.Out.WriteLine((allowed ? "yes" : "no") + reason + (answer.Text("evaluationError") is { Length: > 0 } fault ? $" - {fault}" : ""));
        }
        return allowed ? 0 : 1;
    }

    private static async Task<JsonMap> Resource(Call call, string verb, string what)
    {
        var parts = what.Split('/', 2);
        var type = (await call.Discover()).Find(parts[0]);
        if (type is null && parts[0] != "*") call.Error.WriteLine($"Warning: the server doesn't have a resource type '{parts[0]}'\n");
        else if (type is { Namespaced: false }) call.Error.WriteLine($"Warning: resource '{type.Plural}' is not namespace scoped{(type.Group.Length > 0 ? $" in group '{type.Group}'" : "")}\n");
        var attributes = new JsonMap { { "verb", verb }, { "group", type?.Group ?? (parts[0] == "*" ? "*" : "") }, { "resource", type?.Plural ?? parts[0] } };
        if (!call.Everywhere) attributes.Set("namespace", call.Namespace);
        if (parts.Length > 1 || call.Arguments.Count == 3) attributes.Set("name", parts.Length > 1 ? parts[1] : call.Arguments[2]);
        if (call.Text("subresource") is { Length: > 0 } sub) attributes.Set("subresource", sub);
        return attributes;
    }

    private static async Task<int> Rules(Call call)
    {
        var answer = (await call.Api.Post($"apis/{Version}/selfsubjectrulesreviews", new JsonMap { { "apiVersion", Version }, { "kind", "SelfSubjectRulesReview" }, { "spec", new JsonMap { { "namespace", call.Namespace } } } })).Status();
        string Texts(JsonMap rule, string list) => $"[{string.Join(' ', (rule.List(list) ?? []).Texts())}]";
        var lines = answer.Maps("resourceRules").SelectMany(r => (r.List("resources") ?? []).Texts().SelectMany(type => (r.List("apiGroups") ?? []).Texts().Select(g => $"{(g.Length > 0 && type != "*" || g == "*" ? $"{type}.{g}" : type)}\t[]\t{Texts(r, "resourceNames")}\t{Texts(r, "verbs")}\n")))
            .Concat(answer.Maps("nonResourceRules").Select(r => $"\t{Texts(r, "nonResourceURLs")}\t[]\t{Texts(r, "verbs")}\n"));
        call.Out.Write(new TabText(6, 3).Format((call.Switch("no-headers") ? "" : "Resources\tNon-Resource URLs\tResource Names\tVerbs\n") + string.Concat(lines)));
        return 0;
    }

    private static async Task<int> WhoAmI(Call call)
    {
        var answer = await call.Api.Post("apis/authentication.k8s.io/v1/selfsubjectreviews", new JsonMap { { "apiVersion", "authentication.k8s.io/v1" }, { "kind", "SelfSubjectReview" } });
        if (ObjectPrinter.Of(call.Words) is { } printer)
        {
            call.Out.Write(printer.Print(answer));
            return 0;
        }
        var user = answer.Status().Map("userInfo") ?? [];
        var text = $"ATTRIBUTE\tVALUE\nUsername\t{user.Text("username")}\n";
        if (user.Text("uid") is { Length: > 0 } uid) text += $"UID\t{uid}\n";
        if (user.List("groups") is { Count: > 0 } groups) text += $"Groups\t[{string.Join(' ', groups.Texts())}]\n";
        foreach (var (key, value) in (user.Map("extra") ?? []).OrderBy(e => e.Key, StringComparer.Ordinal)) text += $"Extra: {key}\t[{string.Join(' ', (value as JsonList ?? []).Texts())}]\n";
        call.Out.Write(new TabText(6, 3).Format(text));
        return 0;
    }
}

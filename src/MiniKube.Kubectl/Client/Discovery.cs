using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>What the server has: all types in the order of its groups, and the names by which they may be asked for.</summary>
internal sealed class Discovery(IReadOnlyList<ApiResource> all, IReadOnlyList<string> versions)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    public IReadOnlyList<ApiResource> All => all;

    /// <summary>"apps/v1" and the like, all that are served.</summary>
    public IReadOnlyList<string> Versions => versions;

    public static async Task<Discovery> Load(ApiClient api)
    {
        var (all, versions) = (new List<ApiResource>(), new List<string>());
        foreach (var root in (string[])["api", "apis"])
        {
            var answer = await api.Get(root, Aggregated);
            if (answer.Kind() == "APIGroupDiscoveryList") ReadAggregated(answer, all, versions);
            else await ReadPlain(api, root, answer, all, versions);
        }
        return new(all, versions);
    }

    public static void ReadAggregated(JsonMap answer, List<ApiResource> all, List<string> versions)
    {
        foreach (var group in answer.Maps("items"))
        {
            var name = group.Name();
            var first = true;
            foreach (var version in group.Maps("versions"))
            {
                var v = version.Text("version") ?? "";
                versions.Add(name.Length == 0 ? v : $"{name}/{v}");
                foreach (var resource in version.Maps("resources"))
                {
                    all.Add(new(name, v, resource.Text("resource") ?? "", resource.Text("singularResource") ?? "",
                        resource.Map("responseKind")?.Text("kind") ?? "", resource.Text("scope") == "Namespaced")
                    {
                        ShortNames = Texts(resource, "shortNames"), Categories = Texts(resource, "categories"), Verbs = Texts(resource, "verbs"),
                        Subresources = [.. resource.Maps("subresources").Select(s => s.Text("subresource") ?? "")], Preferred = first,
                    });
                }
                first = false;
            }
        }
    }

    private static async Task ReadPlain(ApiClient api, string root, JsonMap answer, List<ApiResource> all, List<string> versions)
    {
        var groups = root == "api"
            ? [("", (answer.List("versions") ?? []).Texts().ToList(), "v1")]
            : answer.Maps("groups").Select(g => (g.Text("name") ?? "", g.Maps("versions").Select(v => v.Text("version") ?? "").ToList(), g.Map("preferredVersion")?.Text("version") ?? ""));
        foreach (var (group, served, preferred) in groups)
        {
            foreach (var version in served)
            {
                versions.Add(group.Length == 0 ? version : $"{group}/{version}");
                if (await api.Find(group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}") is not { } list) continue;
                var resources = list.Maps("resources").ToList();
                all.AddRange(resources.Where(r => r.Text("name")?.Contains('/') == false).Select(r => new ApiResource(group, version, r.Text("name")!,
                    r.Text("singularName") is { Length: > 0 } one ? one : r.Kind().ToLowerInvariant(), r.Kind(), r.Bool("namespaced") == true)
                {
                    ShortNames = Texts(r, "shortNames"), Categories = Texts(r, "categories"), Verbs = Texts(r, "verbs"), Preferred = version == preferred,
                    Subresources = [.. resources.Where(s => s.Text("name")!.StartsWith(r.Text("name") + "/", StringComparison.Ordinal)).Select(s => s.Text("name")!.Split('/')[1])],
                }));
            }
        }
    }

    /// <summary>What a user's word for a type means: "po", "deploy", "pods.v1.", "deployments.v1.apps", "ingresses.networking.k8s.io".</summary>
    public ApiResource? Find(string word)
    {
        var parts = word.Split('.', 3);
        if (parts.Length == 3 && One(r => Called(r, parts[0]) && r.Version == parts[1] && r.Group == parts[2]) is { } full) return full;
        if (parts.Length == 1) return One(r => Called(r, word));
        var (name, group) = (parts[0], word[(parts[0].Length + 1)..]);
        return One(r => Called(r, name) && r.Group == group) ?? One(r => Called(r, name) && r.Group.StartsWith(group, StringComparison.Ordinal))
            ?? One(r => Called(r, name) && r.Group.Length == 0 && r.Version == group);
    }

    public ApiResource Get(string word) => Find(word) ?? throw new Failure($"the server doesn't have a resource type \"{word}\"");

    /// <summary>The members of a category such as "all".</summary>
    public IReadOnlyList<ApiResource> Category(string word) => [.. all.Where(r => r.Preferred && r.Categories.Contains(word))];

    public ApiResource? Of(string apiVersion, string kind) => all.FirstOrDefault(r => r.ApiVersion == apiVersion && r.Kind == kind);

    private ApiResource? One(Func<ApiResource, bool> match) => all.FirstOrDefault(r => r.Preferred && match(r)) ?? all.FirstOrDefault(match);

    private static bool Called(ApiResource r, string name)
    {
        var lower = name.ToLowerInvariant();
        return r.Plural == lower || r.Singular == lower || r.ShortNames.Contains(lower) || r.Kind.Equals(lower, StringComparison.OrdinalIgnoreCase);
    }

    private static List<string> Texts(JsonMap map, string list) => [.. (map.List(list) ?? []).Texts()];
}

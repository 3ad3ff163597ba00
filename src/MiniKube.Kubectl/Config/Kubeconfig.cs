using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Several kubeconfig files as one: of what has the same name, the first counts.</summary>
internal sealed record Kubeconfig(
    IReadOnlyDictionary<string, JsonMap> Clusters, IReadOnlyDictionary<string, JsonMap> Users, IReadOnlyDictionary<string, JsonMap> Contexts, string CurrentContext)
{
    private static readonly string[] FileFields = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

    public static Kubeconfig Merge(IReadOnlyList<(JsonMap File, string Directory)> files) => new(
        Named(files, "clusters", "cluster"), Named(files, "users", "user"), Named(files, "contexts", "context"),
        files.Select(f => f.File.Text("current-context")).FirstOrDefault(c => c is { Length: > 0 }) ?? "");

    private static SortedDictionary<string, JsonMap> Named(IReadOnlyList<(JsonMap File, string Directory)> files, string list, string member)
    {
        var all = new SortedDictionary<string, JsonMap>(StringComparer.Ordinal);
        foreach (var (file, directory) in files)
        {
            foreach (var item in file.Maps(list))
            {
                if (item.Text("name") is not { } name) continue;
                var body = (item.Map(member) ?? []).CloneMap();
                foreach (var field in FileFields)
                    if (body.Text(field) is { Length: > 0 } path && directory.Length > 0) body.Set(field, Path.GetFullPath(path, directory));
                all.TryAdd(name, body);
            }
        }
        return all;
    }

    public JsonMap ToJson() => new()
    {
        { "apiVersion", "v1" },
        { "clusters", List(Clusters, "cluster") },
        { "contexts", List(Contexts, "context") },
        { "current-context", CurrentContext },
        { "kind", "Config" },
        { "preferences", new JsonMap() },
        { "users", List(Users, "user") },
    };

    private static Json List(IReadOnlyDictionary<string, JsonMap> all, string member) => all.Count == 0 ? Json.Null
        : new JsonList(all.Select(a => (Json)new JsonMap { { member, a.Value.Clone() }, { "name", a.Key } }));
}

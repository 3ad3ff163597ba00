using MiniKube.Machinery;

namespace MiniKube.Server.Bootstrap;

/// <summary>
/// The roles and bindings every cluster starts with: upstream's from default-roles.txt, and from own-roles.txt what the
/// parts of this process need beyond them, because they patch where upstream's replace and do each other's work.
/// </summary>
internal static class DefaultRoles
{
    private const string Version = "rbac.authorization.k8s.io/v1";

    public static IEnumerable<JsonMap> All()
    {
        foreach (var obj in Parse(Text("default-roles.txt")))
        {
            obj.Map("metadata")!.MapOrNew("labels").Set("kubernetes.io/bootstrapping", "rbac-defaults");
            yield return obj;
        }
        foreach (var obj in Parse(Text("own-roles.txt"))) yield return obj;
    }

    private static string Text(string file)
    {
        using var stream = typeof(DefaultRoles).Assembly.GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    internal static IEnumerable<JsonMap> Parse(string text)
    {
        JsonMap? current = null;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] != ' ')
            {
                if (current is not null) yield return current;
                current = Head(line);
            }
            else if (line.StartsWith("  ->", StringComparison.Ordinal))
            {
                Bind(current!, line[5..]);
            }
            else
            {
                current!.ListOrNew("rules").Add(Rule(line));
            }
        }
        if (current is not null) yield return current;
    }

    private static JsonMap Head(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = words[1];
        var metadata = new JsonMap { { "name", name } };
        if (words[0] is "Role" or "RoleBinding")
        {
            var slash = name.IndexOf('/');
            metadata.Set("name", name[(slash + 1)..]);
            metadata.Set("namespace", name[..slash]);
        }
        metadata.Add("annotations", new JsonMap { { "rbac.authorization.kubernetes.io/autoupdate", "true" } });
        var obj = new JsonMap { { "kind", words[0] }, { "apiVersion", Version }, { "metadata", metadata } };
        foreach (var word in words.AsSpan(2))
        {
            var at = word.IndexOf('=');
            var values = word[(at + 1)..].Split(',');
            if (word.StartsWith("label=", StringComparison.Ordinal))
            {
                foreach (var label in values) metadata.MapOrNew("labels").Set(label[..label.IndexOf('=')], label[(label.IndexOf('=') + 1)..]);
            }
            else
            {
                obj.Add("aggregationRule", new JsonMap
                {
                    { "clusterRoleSelectors", new JsonList(values.Select(v => (Json)new JsonMap { { "matchLabels", new JsonMap { { v, "true" } } } })) },
                });
            }
        }
        return obj;
    }

    private static JsonMap Rule(string line)
    {
        var rule = new JsonMap();
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = word.IndexOf('=');
            rule.Set(word[..at], JsonList.OfTexts(word[(at + 1)..].Split(',')));
        }
        return rule;
    }

    private static void Bind(JsonMap binding, string text)
    {
        var at = text.IndexOf(' ');
        var role = at < 0 ? text : text[..at];
        var ns = binding.Map("metadata")!.Text("namespace");
        binding.Add("roleRef", new JsonMap
        {
            { "apiGroup", RbacIndex.Group }, { "kind", ns is null ? "ClusterRole" : "Role" }, { "name", role },
        });
        var subjects = new JsonList();
        foreach (var subject in (at < 0 ? "" : text[at..]).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = subject.Split(' ', 2);
            var map = new JsonMap();
            if (words[0] == "ServiceAccount")
            {
                var slash = words[1].IndexOf('/');
                map.Add("kind", words[0]);
                map.Add("name", words[1][(slash + 1)..]);
                map.Add("namespace", slash < 0 ? "kube-system" : words[1][..slash]);
            }
            else
            {
                map.Add("apiGroup", RbacIndex.Group);
                map.Add("kind", words[0]);
                map.Add("name", words[1]);
            }
            subjects.Add(map);
        }
        if (subjects.Count > 0) binding.Add("subjects", subjects);
    }
}

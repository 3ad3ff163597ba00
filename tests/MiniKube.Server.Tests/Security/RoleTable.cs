namespace MiniKube.Server.Tests.Security;

/// <summary>What one role allows, a row for each resource or path, as a file of cases lists it.</summary>
internal sealed record RoleTable(string Kind, string FullName, List<RoleTable.Row> Rows)
{
    public sealed record Row(string Path, string Group, string Resource, string Name, string[] Verbs)
    {
        public bool Has(string verb) => Verbs.Contains("*") || Verbs.Contains(verb);
    }

    public string Namespace => Kind == "Role" ? FullName[..FullName.IndexOf('/')] : "";
    public string Name => Kind == "Role" ? FullName[(FullName.IndexOf('/') + 1)..] : FullName;

    public bool Gives(string verb, string group, string resource, string name) => Rows.Any(r => r.Path.Length == 0 && r.Has(verb) && (r.Group == "*" || r.Group == group)
        && (r.Resource == "*" || r.Resource == resource || r.Resource.StartsWith("*/", StringComparison.Ordinal) && resource.EndsWith(r.Resource[1..], StringComparison.Ordinal))
        && (r.Name.Length == 0 || r.Name == name));

    public bool Gives(string verb, string path) => Rows.Any(r => r.Path.Length > 0 && r.Has(verb) && (r.Path == path || r.Path.EndsWith('*') && path.StartsWith(r.Path[..^1], StringComparison.Ordinal)));

    public static IReadOnlyList<RoleTable> Read(string file)
    {
        var tables = new List<RoleTable>();
        foreach (var line in File.ReadLines(file).Where(l => l.Length > 0))
        {
            if (line[0] != ' ')
            {
                tables.Add(new(line.Split(' ')[0], line.Split(' ')[1], []));
                continue;
            }
            var at = line.LastIndexOf(": ", StringComparison.Ordinal);
            var (what, verbs) = (line[..at].Trim().Split(" named "), line[(at + 2)..].Split(' '));
            var (group, resource) = what[0].Split(':', 2) is [var g, var r] ? (g, r) : ("", what[0]);
            // A lone star of no group is a path: a rule over all groups says so.
            var isPath = what[0].StartsWith('/') || what[0] == "*";
            tables[^1].Rows.Add(isPath ? new(what[0], "", "", "", verbs) : new("", group, resource, what.Length > 1 ? what[1] : "", verbs));
        }
        return tables;
    }
}

namespace MiniKube.Machinery.Cel.Functions;

internal static class AccessFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("path", a => a is [CelAccess ask, string path] ? ask with { Path = path } : CelLibrary.NotMine),
        ("serviceAccount", a => a is [CelAccess ask, string ns, string name] ? ask with { ServiceAccount = (ns, name) } : CelLibrary.NotMine),
        ("group", a => a is [CelAccess ask, string group] ? ask with { Group = group } : CelLibrary.NotMine),
        ("resource", a => a is [CelAccess ask, string resource] ? ask with { Resource = resource } : CelLibrary.NotMine),
        ("subresource", a => a is [CelAccess ask, string subresource] ? ask with { Subresource = subresource } : CelLibrary.NotMine),
        ("namespace", a => a is [CelAccess ask, string ns] ? ask with { Namespace = ns } : CelLibrary.NotMine),
        ("name", a => a is [CelAccess ask, string name] ? ask with { Name = name } : CelLibrary.NotMine),
        ("fieldSelector", a => a is [CelAccess ask, string selector] ? ask with { FieldSelector = selector } : CelLibrary.NotMine),
        // Nothing here decides by labels.
        ("labelSelector", a => a is [CelAccess ask, string] ? ask : CelLibrary.NotMine),
        ("check", a => a is [CelAccess ask, string verb] ? ask with { Verb = verb } : CelLibrary.NotMine),
        ("allowed", a => a is [CelAccess { Verb: not null } asked] ? asked.Decide(asked).Allowed : CelLibrary.NotMine),
        ("reason", a => a is [CelAccess { Verb: not null } asked] ? asked.Decide(asked).Why : CelLibrary.NotMine),
        ("errored", a => a is [CelAccess { Verb: not null }] ? false : CelLibrary.NotMine),
        ("error", a => a is [CelAccess { Verb: not null }] ? "" : CelLibrary.NotMine),
    ];
}

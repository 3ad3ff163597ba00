using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.TestKit;

/// <summary>A plan as lines that a golden case can hold.</summary>
public static class PlanText
{
    public static IReadOnlyList<string> Of(Plan plan)
    {
        var lines = plan.Actions.SelectMany(a => Of(a, "")).ToList();
        if (plan.RecheckAfter is { } after) lines.Add($"recheck {after.TotalSeconds:0.###}s");
        return lines;
    }

    private static IEnumerable<string> Of(PlanAction action, string indent)
    {
        switch (action)
        {
            case PlanAction.Create c:
                yield return $"{indent}create {c.Resource} {Name(c.Object)} {Essence(c.Object)}{Says(c.Announce)}";
                break;
            case PlanAction.Patch p:
                yield return $"{indent}patch {p.Resource} {p.Name}{(p.Subresource is { } part ? $"/{part}" : "")} {p.MergePatch}{Says(p.Announce)}";
                break;
            case PlanAction.Replace r:
                yield return $"{indent}replace {r.Resource} {r.Name}{(r.Subresource is { } sub ? $"/{sub}" : "")} {Essence(r.Object)}";
                break;
            case PlanAction.Delete d:
                yield return $"{indent}delete {d.Resource} {d.Name}{(d.Propagation is { } how ? $" {how}" : "")}{(d.GracePeriodSeconds is { } g ? $" grace {g}" : "")}{Says(d.Announce)}";
                break;
            case PlanAction.SetStatus s:
                yield return $"{indent}status {s.Resource} {s.Name} {s.Status}";
                break;
            case PlanAction.Emit e:
                yield return $"{indent}event {e.Type} {e.Reason}: {e.Message}";
                break;
            case PlanAction.Together t:
                yield return $"{indent}together{(t.SlowStart ? " slowly" : "")}:";
                foreach (var line in t.Actions.SelectMany(a => Of(a, indent + "  "))) yield return line;
                break;
        }
    }

    private static string Name(JsonMap o) => o.Map("metadata")?.Text("name") ?? $"{o.Map("metadata")?.Text("generateName")}*";

    /// <summary>Everything but what the name and the kind have said already.</summary>
    private static string Essence(JsonMap o)
    {
        var rest = o.CloneMap();
        foreach (var member in new[] { "apiVersion", "kind" }) rest.Remove(member);
        foreach (var member in new[] { "name", "namespace", "generateName", "ownerReferences", "resourceVersion", "uid", "creationTimestamp" })
            rest.Map("metadata")?.Remove(member);
        if (rest.Map("metadata") is { Count: 0 }) rest.Remove("metadata");
        return rest.ToString();
    }

    private static string Says(Announcement? a) => a?.Done is var (reason, message) ? $" says {reason}: {message}" : "";
}

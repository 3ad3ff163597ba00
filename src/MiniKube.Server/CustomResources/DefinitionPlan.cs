using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>What the status of a CustomResourceDefinition should say, given the definitions that were there before it.</summary>
internal static class DefinitionPlan
{
    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    public static bool IsTrue(JsonMap definition, string condition) =>
        (definition.Map("status")?.List("conditions") ?? []).Maps().Any(c => c.Text("type") == condition && c.Text("status") == "True");

    /// <summary>The new status, or null when it stands already.</summary>
    public static JsonMap? Status(JsonMap definition, IEnumerable<JsonMap> others, string now)
    {
        var status = definition.Map("status")?.CloneMap() ?? [];
        var before = status.CloneMap();
        var names = definition.Map("spec")?.Map("names") ?? [];
        var clash = Clash(definition, others);
        if (clash is null)
        {
            status.Set("acceptedNames", names.Clone());
            Condition(status, "NamesAccepted", true, "NoConflicts", "no conflicts found", now);
            Condition(status, "Established", true, "InitialNamesAccepted", "the initial names have been accepted", now);
        }
        else
        {
            Condition(status, "NamesAccepted", false, clash.Value.Reason, clash.Value.Message, now);
            // What was established once goes on under the names it has.
            if (!IsTrue(definition, "Established")) Condition(status, "Established", false, "NotAccepted", "not all names are accepted", now);
        }
        if (definition.Map("metadata")!.Has("deletionTimestamp"))
            Condition(status, "Terminating", true, "InstanceDeletionInProgress", "CustomResource deletion is in progress", now);
        return status.SameAs(before) ? null : status;
    }

    private static (string Reason, string Message)? Clash(JsonMap definition, IEnumerable<JsonMap> others)
    {
        var spec = definition.Map("spec") ?? [];
        var group = spec.Text("group");
        var name = definition.Map("metadata")?.Text("name");
        var wanted = spec.Map("names") ?? [];
        foreach (var other in others)
        {
            if (other.Map("spec")?.Text("group") != group || other.Map("metadata")?.Text("name") == name || !IsTrue(other, "NamesAccepted")) continue;
            var taken = other.Map("status")?.Map("acceptedNames") ?? [];
            var resources = Resources(taken).ToHashSet();
            if (wanted.Text("plural") is { } plural && resources.Contains(plural)) return ("PluralConflict", $"\"{plural}\" is already in use");
            if (wanted.Text("singular") is { } singular && resources.Contains(singular)) return ("SingularConflict", $"\"{singular}\" is already in use");
            foreach (var shortName in (wanted.List("shortNames") ?? []).Texts())
                if (resources.Contains(shortName)) return ("ShortNamesConflict", $"\"{shortName}\" is already in use");
            var kinds = new[] { taken.Text("kind"), taken.Text("listKind") };
            if (kinds.Contains(wanted.Text("kind"))) return ("KindConflict", $"\"{wanted.Text("kind")}\" is already in use");
            if (kinds.Contains(wanted.Text("listKind"))) return ("ListKindConflict", $"\"{wanted.Text("listKind")}\" is already in use");
        }
        return null;
    }

    private static IEnumerable<string> Resources(JsonMap names) =>
        new[] { names.Text("plural"), names.Text("singular") }.OfType<string>().Concat((names.List("shortNames") ?? []).Texts());

    private static void Condition(JsonMap status, string type, bool value, string reason, string message, string now)
    {
        if (status["conditions"] is not JsonList) status.Set("conditions", new JsonList());
        var conditions = status.List("conditions")!;
        var text = value ? "True" : "False";
        var known = conditions.Maps().FirstOrDefault(c => c.Text("type") == type);
        if (known is null) conditions.Add(known = new JsonMap { { "type", type } });
        if (known.Text("status") != text) known.Set("lastTransitionTime", now);
        known.Set("status", text);
        known.Set("reason", reason);
        known.Set("message", message);
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl label and annotate: sets and takes away names and values in the metadata.</summary>
internal static class LabelVerbs
{
    public static readonly Verb Label = Make("label", "labels", "Update the labels on a resource");
    public static readonly Verb Annotate = Make("annotate", "annotations", "Update the annotations on a resource");

    private static Verb Make(string name, string field, string about) => new(name, about, $"kubectl {name} [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version] [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.Selector, CommonFlags.FieldSelector, CommonFlags.AllNamespaces, CommonFlags.DryRun, CommonFlags.FieldManager("kubectl-" + name),
            FlagSpec.Switch("overwrite", "Values that are there may change"),
            FlagSpec.Switch("list", $"Show the {field}"),
            FlagSpec.Switch("all", "All objects of the type"),
            FlagSpec.Switch("local", "Change only what is shown, and ask no server"),
            FlagSpec.Text("resource-version", "Only if the object is still at this version"),
        ],
        Run = call => Run(call, name, field),
    };

    private static async Task<int> Run(Call call, string verb, string field)
    {
        var (resources, set, removed) = Split(call, verb == "label" ? "label" : "annotation");
        if (resources.Count == 0 && !Manifests.AreNamed(call.Words)) throw call.Misused(verb == "label" ? "one or more resources must be specified as <resource> <name> or <resource>/<name>" : "one or more resources must be specified as <resource> <name> or <resource>/<name>");
        if (set.Count == 0 && removed.Count == 0 && !call.Switch("list")) throw call.Misused(verb == "label" ? "at least one label update is required" : "at least one annotation update is required");
        var subjects = call.Switch("local") ? await Subjects.FromFiles(call) : await Subjects.Live(call, resources);
        var refusals = new List<Refusal>();
        foreach (var subject in subjects)
        {
            var before = subject.Object.Meta().Map(field) ?? [];
            if (call.Switch("list"))
            {
                if (subjects.Count > 1) call.Out.WriteLine($"Listing {field} for {subject.Type.Kind}.{subject.Type.Group}/{subject.Name}:");
                foreach (var (key, value) in before.OrderBy(b => b.Key, StringComparer.Ordinal)) call.Out.WriteLine($"{(subjects.Count > 1 ? " " : "")}{key}={value.Show()}");
                if (set.Count == 0 && removed.Count == 0) continue;
            }
            if (!call.Switch("overwrite")) Refuse(verb, before, set);
            foreach (var key in removed.Where(k => verb == "label" && !before.Has(k))) call.Out.WriteLine($"label \"{key}\" not found.");
            var values = new JsonMap();
            foreach (var (key, value) in set) values.Set(key, value);
            foreach (var key in removed) values.Set(key, Json.Null);
            var meta = new JsonMap { { field, values } };
            if (call.Text("resource-version") is { Length: > 0 } version) meta.Add("resourceVersion", version);
            try
            {
                JsonMap changed;
                if (call.DryRun == DryRun.Client || call.Switch("local")) MergePatch.Apply(changed = subject.Object.CloneMap(), new JsonMap { { "metadata", meta } });
                else changed = await call.Api.Patch(subject.Path + call.WriteQuery(), new JsonMap { { "metadata", meta } }, ApiClient.MergePatch);
                ObjectPrinter.Tell(call, subject, changed, verb == "annotate" ? "annotated" : Outcome(before, set, removed));
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal);
            }
        }
        return Refusals.Tell(call, refusals);
    }

    private static string Outcome(JsonMap before, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> removed) =>
        set.Any(s => before.Text(s.Key) != s.Value) ? "labeled" : removed.Any(before.Has) ? "unlabeled" : "not labeled";

    private static void Refuse(string verb, JsonMap before, IReadOnlyDictionary<string, string> set)
    {
        var taken = set.Where(s => before.Text(s.Key) is { } old && old != s.Value).Select(s => (s.Key, Old: before.Text(s.Key))).ToList();
        if (taken.Count == 0) return;
        throw new Failure(verb == "label" ? string.Join(", ", taken.Select(t => $"'{t.Key}' already has a value ({t.Old}), and --overwrite is false"))
            : "--overwrite is false but found the following declared annotation(s): " + string.Join("; ", taken.Select(t => $"'{t.Key}' already has a value ({t.Old})")));
    }

    /// <summary>Resources come first; what holds "=" or ends with "-" is a change.</summary>
    private static (List<string> Resources, SortedDictionary<string, string> Set, List<string> Removed) Split(Call call, string what)
    {
        var (resources, set, removed) = (new List<string>(), new SortedDictionary<string, string>(StringComparer.Ordinal), new List<string>());
        foreach (var word in call.Arguments)
        {
            if (word.IndexOf('=') is var at and > 0) set[word[..at]] = word[(at + 1)..];
            else if (word.Length > 1 && word.EndsWith('-')) removed.Add(word[..^1]);
            else if (set.Count + removed.Count > 0) throw call.Misused($"all resources must be specified before {what} changes: {word}");
            else resources.Add(word);
        }
        if (removed.FirstOrDefault(set.ContainsKey) is { } both) throw new Failure($"can not both modify and remove a {what} in the same command");
        foreach (var (key, value) in set)
        {
            if (what == "label" && LabelRules.ValueFaults(value).FirstOrDefault() is { } fault) throw new Failure($"invalid label value: \"{key}={value}\": {fault}");
        }
        return (resources, set, removed);
    }
}

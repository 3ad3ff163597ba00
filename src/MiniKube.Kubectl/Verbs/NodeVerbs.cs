using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl cordon, uncordon and taint: where nothing new shall run.</summary>
internal static class NodeVerbs
{
    public static readonly Verb Cordon = Making("cordon", "Mark node as unschedulable", true);
    public static readonly Verb Uncordon = Making("uncordon", "Mark node as schedulable", false);

    public static readonly Verb Taint = new("taint", "Update the taints on one or more nodes", "kubectl taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N [options]")
    {
        Flags = [.. CommonFlags.Output, CommonFlags.Selector, CommonFlags.DryRun, CommonFlags.FieldManager("kubectl-taint"), FlagSpec.Switch("all", "All nodes"), FlagSpec.Switch("overwrite", "Taints that are there may change")],
        Run = RunTaint,
    };

    private static Verb Making(string name, string about, bool unschedulable) => new(name, about, $"kubectl {name} NODE [options]")
    {
        Flags = [CommonFlags.Selector, CommonFlags.DryRun],
        Run = async call =>
        {
            foreach (var node in await Nodes(call)) await Mark(call, node, unschedulable);
            return 0;
        },
    };

    public static async Task<List<Subject>> Nodes(Call call)
    {
        if (call.Arguments.Count == 0 && call.Text("selector").Length == 0) throw call.Misused($"USAGE: {call.Path} NODE [flags]");
        if (call.Arguments.Count > 0 && call.Text("selector").Length > 0) throw new Failure("cannot specify both a node name and a --selector option");
        return await Subjects.Live(call, call.Arguments.Count == 0 ? ["nodes"] : ["nodes", .. call.Arguments.Select(a => a[(a.IndexOf('/') + 1)..])]);
    }

    public static async Task Mark(Call call, Subject node, bool unschedulable)
    {
        var already = (node.Object.Spec().Bool("unschedulable") == true) == unschedulable;
        if (!already && call.DryRun != DryRun.Client)
            await call.Api.Patch(node.Path + call.WriteQuery(), new JsonMap { { "spec", new JsonMap { { "unschedulable", unschedulable ? true : Json.Null } } } }, ApiClient.StrategicPatch);
        call.Out.WriteLine($"node/{node.Name} {(already ? "already " : "")}{(unschedulable ? "cordoned" : "uncordoned")}{call.DryRunSuffix}");
    }

    private static async Task<int> RunTaint(Call call)
    {
        var words = call.Arguments.ToList();
        var resources = words.TakeWhile(w => !w.Contains('=') && !w.Contains(':') && !w.EndsWith('-')).ToList();
        var changes = words.Skip(resources.Count).Select(NodeTaint.Read).ToList();
        if (changes.Count == 0) throw call.Misused("at least one taint update is required");
        if (resources.Count == 0) throw call.Misused("one or more resources must be specified as <resource> <name> or <resource>/<name>");
        foreach (var node in await Subjects.Live(call, resources))
        {
            if (node.Type is not { Group: "", Plural: "nodes" }) throw new Failure($"invalid resource type {node.Type.Plural}, only [nodes no] are supported");
            var taints = node.Object.Spec().List("taints")?.Clone() as JsonList ?? [];
            var done = NodeTaint.Change(node.Name, taints, changes, call.Switch("overwrite"));
            var patch = new JsonMap { { "spec", new JsonMap { { "taints", taints.Count > 0 ? taints : Json.Null } } } };
            var changed = call.DryRun == DryRun.Client ? node.Object : await call.Api.Patch(node.Path + call.WriteQuery(), patch, ApiClient.MergePatch);
            ObjectPrinter.Tell(call, node, changed, done);
        }
        return 0;
    }
}

/// <summary>One change of a node's taints: "key=value:effect" sets, "key:effect-" and "key-" remove.</summary>
internal sealed record NodeTaint(string Key, string? Value, string? Effect, bool Removes)
{
    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

    public static NodeTaint Read(string text)
    {
        var removes = text.EndsWith('-');
        var parts = (removes ? text[..^1] : text).Split(':');
        var pair = parts[0].Split('=');
        if (parts.Length > 2 || pair.Length > 2 || !removes && parts.Length != 2) throw new Failure($"invalid taint spec: {text}");
        if (parts.Length == 2 && !Effects.Contains(parts[1])) throw new Failure($"invalid taint effect: {parts[1]}, unsupported taint effect");
        return new(pair[0], pair.Length == 2 ? pair[1] : null, parts.Length == 2 ? parts[1] : null, removes);
    }

    /// <summary>Changes the list, and says what that was.</summary>
    public static string Change(string node, JsonList taints, IReadOnlyList<NodeTaint> changes, bool overwrite)
    {
        var (removed, set) = (false, false);
        foreach (var change in changes)
        {
            bool Same(Json t) => t is JsonMap taint && taint.Text("key") == change.Key && (change.Effect is null || taint.Text("effect") == change.Effect);
            var there = taints.Any(Same);
            if (change.Removes)
            {
                if (!there) throw new Failure($"taint \"{change.Key}{(change.Effect is null ? "" : ":" + change.Effect)}\" not found");
                taints.RemoveAll(Same);
                removed = true;
                continue;
            }
            if (there && !overwrite) throw new Failure($"node {node} already has {change.Key} taint(s) with same effect(s) and --overwrite is false");
            taints.RemoveAll(Same);
            var taint = new JsonMap { { "key", change.Key } };
            if (change.Value is { Length: > 0 }) taint.Set("value", change.Value);
            taint.Set("effect", change.Effect!);
            taints.Add(taint);
            set = true;
        }
        return set && removed ? "modified" : removed ? "untainted" : "tainted";
    }
}

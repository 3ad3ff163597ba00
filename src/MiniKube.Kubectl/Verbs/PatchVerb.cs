using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl patch: changes fields of objects.</summary>
internal static class PatchVerb
{
    public static readonly Verb Verb = new("patch", "Update fields of a resource", "kubectl patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE] [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.DryRun, CommonFlags.FieldManager("kubectl-patch"),
            FlagSpec.Text("patch", "The patch, as JSON or YAML", 'p'),
            FlagSpec.Text("patch-file", "A file with the patch"),
            FlagSpec.Text("type", "json, merge or strategic", standard: "strategic"),
            FlagSpec.Text("subresource", "Of the object, this part"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Has("patch") == call.Has("patch-file")) throw new Failure(call.Has("patch") ? "cannot specify --patch and --patch-file together" : "must specify --patch or --patch-file containing the contents of the patch");
        var text = call.Has("patch") ? call.Text("patch") : File.Exists(call.Text("patch-file")) ? await File.ReadAllTextAsync(call.Text("patch-file"), call.Stop) : throw new Failure($"unable to read patch file: open {call.Text("patch-file")}: no such file or directory");
        var type = call.Text("type").ToLowerInvariant() switch
        {
            "json" => ApiClient.JsonPatch,
            "merge" => ApiClient.MergePatch,
            "strategic" => ApiClient.StrategicPatch,
            var other => throw call.Misused($"--type must be one of [json merge strategic], not \"{other}\""),
        };
        Json patch;
        try
        {
            patch = YamlReader.Read(text);
        }
        catch (FormatException e)
        {
            throw new Failure($"unable to parse \"{text}\": {e.Message}");
        }
        var subresource = call.Text("subresource") is { Length: > 0 } part ? part : null;
        var (subjects, refusals) = (await Subjects.Live(call, call.Arguments), new List<Refusal>());
        foreach (var subject in subjects)
        {
            try
            {
                var changed = call.DryRun == DryRun.Client ? Locally(subject, patch, type) : await call.Api.Patch(subject.Type.Path(subject.Namespace, subject.Name, subresource) + call.WriteQuery(), patch, type);
                ObjectPrinter.Tell(call, subject, changed, Same(changed, subject.Object) ? "patched (no change)" : "patched");
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal);
            }
        }
        return Refusals.Tell(call, refusals);
    }

    private static JsonMap Locally(Subject subject, Json patch, string type)
    {
        var copy = subject.Object.CloneMap();
        if (type == ApiClient.JsonPatch) return JsonPatch.Apply(copy, patch) is { Ok: true } done ? done.Value : throw new Failure("the patch can't be applied");
        if (patch is not JsonMap map) throw new Failure("the patch is no object");
        if (type == ApiClient.StrategicPatch && ThreeWayMerge.SchemaOf(subject.Type.ApiVersion, subject.Type.Kind) is { } schema) return StrategicMerge.Apply(copy, map, schema).Value;
        MergePatch.Apply(copy, map);
        return copy;
    }

    /// <summary>Who manages a field may change without anything else.</summary>
    private static bool Same(JsonMap a, JsonMap b) => a.Meta().Text("resourceVersion") == b.Meta().Text("resourceVersion") && a.Spec().SameAs(b.Spec()) && a.Meta().SameAs(b.Meta());
}

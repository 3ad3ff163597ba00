using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl set: image, env and resources of the pods that a workload makes.</summary>
internal static class SetVerb
{
    private static readonly FlagSpec[] Common =
    [
        .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.Selector, CommonFlags.DryRun, CommonFlags.FieldManager("kubectl-set"), FlagSpec.Switch("all", "All objects of the type"),
    ];

    public static readonly Verb Verb = new("set", "Set specific features on objects", "kubectl set SUBCOMMAND [options]")
    {
        Verbs =
        [
            new("env", "Update environment variables on a pod template", "kubectl set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N [options]")
            {
                Flags = [.. Common, FlagSpec.Text("containers", "Which containers; * is any part of a name", 'c', "*"), FlagSpec.Switch("list", "Show the variables")], Run = Env,
            },
            new("image", "Update the image of a pod template", "kubectl set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N [options]") { Flags = Common, Run = Image },
            new("resources", "Update resource requests/limits on objects with pod templates", "kubectl set resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS] [options]")
            {
                Flags = [.. Common, FlagSpec.Text("containers", "Which containers; * is any part of a name", 'c', "*"), FlagSpec.Text("limits", "cpu=200m,memory=512Mi"), FlagSpec.Text("requests", "cpu=100m,memory=256Mi")], Run = Resources,
            },
        ],
    };

    private static Task<int> Image(Call call)
    {
        var images = CreateVerb.Pairs(call.Arguments.Where(a => a.Contains('=')), "image");
        if (images.Count == 0) throw new Failure("at least one image update is required");
        return Change(call, "image updated", (subject, containers) =>
        {
            foreach (var (name, image) in images)
            {
                var matched = containers.Where(c => name == "*" || c.Text("name") == name).ToList();
                if (matched.Count == 0) throw new Failure($"unable to find container named \"{name}\"");
                foreach (var container in matched) container.Set("image", image);
            }
        });
    }

    private static Task<int> Env(Call call)
    {
        var changes = call.Arguments.Where(a => a.Contains('=') || a.EndsWith('-')).ToList();
        var which = call.Text("containers");
        if (call.Switch("list")) return ListEnv(call);
        if (changes.Count == 0) throw new Failure("at least one environment variable must be provided");
        return Change(call, "env updated", (subject, containers) =>
        {
            foreach (var container in containers.Where(c => Matches(which, c.Text("name")!)))
            {
                var env = container.ListOrNew("env");
                foreach (var change in changes)
                {
                    var at = change.IndexOf('=');
                    var name = at > 0 ? change[..at] : change[..^1];
                    var existing = env.Maps().FirstOrDefault(e => e.Text("name") == name);
                    if (at < 0) env.RemoveAll(e => ReferenceEquals(e, existing));
                    else if (existing is null) env.Add(new JsonMap { { "name", name }, { "value", change[(at + 1)..] } });
                    else
                    {
                        existing.Remove("valueFrom");
                        existing.Set("value", change[(at + 1)..]);
                    }
                }
            }
        });
    }

    private static async Task<int> ListEnv(Call call)
    {
        foreach (var subject in await Subjects.Live(call, call.Arguments))
        {
            foreach (var container in Template(subject.Object).Maps("containers").Where(c => Matches(call.Text("containers"), c.Text("name")!)))
            {
                call.Out.WriteLine($"# {subject.Type.Title(subject.Name)}, container {container.Text("name")}");
                foreach (var variable in container.Maps("env")) call.Out.WriteLine(variable.Has("valueFrom") ? $"# {variable.Text("name")} from {GoJson.Compact(variable["valueFrom"]!)}" : $"{variable.Text("name")}={variable.Text("value")}");
            }
        }
        return 0;
    }

    private static Task<int> Resources(Call call)
    {
        var (limits, requests, which) = (call.Text("limits"), call.Text("requests"), call.Text("containers"));
        if (limits.Length == 0 && requests.Length == 0) throw new Failure("you must specify an update to requests or limits (in the form of --requests/--limits)");
        return Change(call, "resource requirements updated", (subject, containers) =>
        {
            var matched = containers.Where(c => Matches(which, c.Text("name")!)).ToList();
            if (matched.Count == 0) throw new Failure($"unable to find container named {which}");
            foreach (var container in matched)
            {
                foreach (var (field, text) in (ReadOnlySpan<(string, string)>)[("limits", limits), ("requests", requests)])
                {
                    if (text.Length == 0) continue;
                    var amounts = container.MapOrNew("resources").MapOrNew(field);
                    foreach (var (name, amount) in CreateVerb.Pairs(text.Split(','), "argument syntax"))
                    {
                        if (amount.Show() == "0") amounts.Remove(name);
                        else amounts.Set(name, Quantity.TryParse(amount.Show(), out _, out var fault) ? amount : throw new Failure(fault));
                    }
                }
            }
        });
    }

    private static async Task<int> Change(Call call, string done, Action<Subject, List<JsonMap>> change)
    {
        var resources = call.Arguments.Where(a => !a.Contains('=') && !a.EndsWith('-')).ToList();
        var refusals = new List<Refusal>();
        foreach (var subject in await Subjects.Live(call, resources))
        {
            var after = subject.Object.CloneMap();
            var spec = Template(after);
            change(subject, [.. spec.Maps("initContainers"), .. spec.Maps("containers")]);
            // Only what a user can have changed is compared: the rest is the server's.
            var patch = ThreeWayMerge.Patch(subject.Object, after, subject.Object, ThreeWayMerge.SchemaOf(subject.Type.ApiVersion, subject.Type.Kind));
            if (patch.Count == 0) continue;
            try
            {
                ObjectPrinter.Tell(call, subject, call.DryRun == DryRun.Client ? after : await call.Api.Patch(subject.Path + call.WriteQuery(), patch, ApiClient.StrategicPatch), done);
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal);
            }
        }
        return Refusals.Tell(call, refusals);
    }

    private static JsonMap Template(JsonMap o) => o.Kind() switch
    {
        "Pod" => o.Spec(),
        "CronJob" => o.Spec().Map("jobTemplate")?.Spec().Map("template")?.Spec(),
        _ => o.Spec().Map("template")?.Spec(),
    } ?? throw new Failure($"the object is not a pod or does not have a pod template: {o.Kind()}");

    private static bool Matches(string pattern, string name) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}

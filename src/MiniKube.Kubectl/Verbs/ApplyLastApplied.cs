using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl apply view-last-applied and set-last-applied.</summary>
internal static class ApplyLastApplied
{
    public static readonly Verb View = new("view-last-applied", "View the latest last-applied-configuration annotations by type/name or file", "kubectl apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [options]")
    {
        Flags = [.. CommonFlags.Files, CommonFlags.Selector, FlagSpec.Switch("all", "All objects of the type"), FlagSpec.Text("output", "yaml or json", 'o', "yaml")],
        Run = async call =>
        {
            foreach (var subject in await Subjects.Live(call, call.Arguments))
            {
                var last = LastApplied.Of(subject.Object) ?? throw new Failure($"no last-applied-configuration annotation found on resource: {subject.Name}");
                call.Out.Write(call.Text("output") switch
                {
                    "yaml" => GoYaml.Write(last),
                    "json" => GoJson.Indented(last, "  ") + "\n",
                    var other => throw call.Misused($"Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"),
                });
            }
            return 0;
        },
    };

    public static readonly Verb Set = new("set-last-applied", "Set the last-applied-configuration annotation on a live object to match the contents of a file", "kubectl apply set-last-applied -f FILENAME [options]")
    {
        Flags = [.. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.DryRun, FlagSpec.Switch("create-annotation", "Also where there is none yet")],
        Run = async call =>
        {
            foreach (var subject in await Subjects.FromFiles(call))
            {
                var live = await call.Api.Get(subject.Path);
                if (LastApplied.Of(live) is null && !call.Switch("create-annotation"))
                    throw new Failure($"no last-applied-configuration annotation found on resource: {subject.Name}, to create the annotation, run the command with --create-annotation");
                LastApplied.Set(subject.Object);
                var patch = new JsonMap { { "metadata", new JsonMap { { "annotations", new JsonMap { { LastApplied.Annotation, subject.Object.Meta().Map("annotations")![LastApplied.Annotation]! } } } } } };
                var changed = call.DryRun == DryRun.Client ? live : await call.Api.Patch(subject.Path + call.WriteQuery(), patch, ApiClient.MergePatch);
                ObjectPrinter.Tell(call, subject, changed, "configured");
            }
            return 0;
        },
    };
}

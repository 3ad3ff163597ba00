using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl rollout undo: the pods of before.</summary>
internal static class RolloutUndo
{
    public static readonly Verb Verb = new("undo", "Undo a previous rollout", "kubectl rollout undo (TYPE NAME | TYPE/NAME) [flags] [options]")
    {
        Flags = [.. RolloutVerb.Common, .. CommonFlags.Output, CommonFlags.DryRun, FlagSpec.Number("to-revision", "Which; 0 is the one before")],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        foreach (var subject in await RolloutVerb.Named(call))
        {
            if (subject.Object.Spec().Bool("paused") == true)
                throw new Failure($"you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume {subject.Type.Title(subject.Name)}' and try again");
            var past = await RolloutHistory.Of(call, subject);
            var wanted = call.Words.Number("to-revision");
            var target = wanted > 0 ? past.FirstOrDefault(p => p.Number == wanted) ?? throw new Failure($"unable to find specified revision {wanted} in history")
                : past.Count > 1 ? past[^2] : throw new Failure($"no rollout history found for {subject.Type.Kind.ToLowerInvariant()} \"{subject.Name}\"");
            var template = target.Template.CloneMap();
            template.Map("metadata")?.Map("labels")?.Remove("pod-template-hash");
            template.Remove("$patch");
            if (template.SameAs(subject.Object.Spec().Map("template")))
            {
                call.Out.WriteLine($"{subject.Title} skipped rollback (current template already matches revision {target.Number})");
                continue;
            }
            if (call.DryRun == DryRun.Client)
            {
                call.Out.WriteLine($"{subject.Title} Pod Template:\n{TabText.Describe(DescribeTemplate.Of(template))}");
                continue;
            }
            var patch = JsonList.Of(new JsonMap { { "op", "replace" }, { "path", "/spec/template" }, { "value", template } });
            ObjectPrinter.Tell(call, subject, await call.Api.Patch(subject.Path + call.WriteQuery(), patch, ApiClient.JsonPatch), "rolled back");
        }
        return 0;
    }
}

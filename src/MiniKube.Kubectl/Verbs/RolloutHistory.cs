using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl rollout history: which pods there have been.</summary>
internal static class RolloutHistory
{
    public const string Revision = "deployment.kubernetes.io/revision";
    private const string Cause = "kubernetes.io/change-cause";

    public static readonly Verb Verb = new("history", "View rollout history", "kubectl rollout history (TYPE NAME | TYPE/NAME) [flags] [options]")
    {
        Flags = [.. RolloutVerb.Common, .. CommonFlags.Output, FlagSpec.Number("revision", "The pods of this revision")],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var wanted = call.Words.Number("revision");
        if (wanted < 0) throw new Failure($"revision must be a positive integer: {wanted}");
        foreach (var subject in await RolloutVerb.Named(call))
        {
            var all = await Of(call, subject);
            if (ObjectPrinter.Of(call.Words) is { } printer)
            {
                foreach (var one in all.Where(r => wanted == 0 || r.Number == wanted)) call.Out.Write(printer.Print(one.Source));
                continue;
            }
            var title = subject.Type.Title(subject.Name);
            if (wanted > 0)
            {
                var one = all.FirstOrDefault(r => r.Number == wanted) ?? throw new Failure($"unable to find the specified revision");
                call.Out.Write($"{title} with revision #{wanted}\n{DescribeTemplate.Of(one.Template)}\n");
                continue;
            }
            var table = $"{title} \nREVISION\tCHANGE-CAUSE\n" + string.Concat(all.OrderBy(r => r.Number).Select(r => $"{r.Number}\t{(r.ChangeCause is { Length: > 0 } cause ? cause : "<none>")}\n"));
            call.Out.Write(new TabText(0, 2).Format(table) + "\n");
        }
        return 0;
    }

    internal sealed record Past(long Number, string? ChangeCause, JsonMap Template, JsonMap Source);

    /// <summary>What a workload keeps of its former pods.</summary>
    public static async Task<List<Past>> Of(Call call, Subject subject)
    {
        if (subject.Type.Kind is not ("Deployment" or "DaemonSet" or "StatefulSet")) throw new Failure($"no history viewer has been implemented for \"{subject.Type.Kind}\"");
        var selector = PodChoice.SelectorOf(subject.Object) ?? "";
        var kept = (await call.Discover()).Get(subject.Type.Kind == "Deployment" ? "replicasets.apps" : "controllerrevisions.apps");
        var owned = (await Subjects.List(call, kept, subject.Namespace, selector)).Where(o => o.Meta().Maps("ownerReferences").Any(r => r.Text("uid") == subject.Object.Uid()));
        return [.. owned.Select(o => new Past(
            subject.Type.Kind == "Deployment" ? long.TryParse(o.Meta().Map("annotations")?.Text(Revision), out var n) ? n : 0 : o.Whole("revision") ?? 0,
            o.Meta().Map("annotations")?.Text(Cause),
            (subject.Type.Kind == "Deployment" ? o.Spec().Map("template") : o.Map("data")?.Spec().Map("template")) ?? [], o)).OrderBy(p => p.Number)];
    }
}

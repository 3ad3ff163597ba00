using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl autoscale: a horizontal pod autoscaler for a workload.</summary>
internal static class AutoscaleVerb
{
    public static readonly Verb Verb = new("autoscale", "Auto-scale a deployment, replica set, stateful set, or replication controller", "kubectl autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU] [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.DryRun, CommonFlags.SaveConfig, CommonFlags.FieldManager("kubectl-autoscale"),
            FlagSpec.Number("min", "How few there may be", -1), FlagSpec.Number("max", "How many there may be", -1), FlagSpec.Number("cpu-percent", "How busy they shall be", -1), FlagSpec.Text("name", "The autoscaler's name"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var (min, max) = (call.Words.Number("min"), call.Words.Number("max"));
        if (max < 1) throw new Failure($"--max=MAXPODS is required and must be at least 1, max: {max}");
        if (max < min) throw new Failure($"--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}");
        var type = new ApiResource("autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler", "HorizontalPodAutoscaler", true);
        foreach (var subject in await Subjects.Live(call, call.Arguments))
        {
            if (!subject.Type.Subresources.Contains("scale")) throw new Failure($"cannot autoscale a {subject.Type.Kind}: the server could not find the requested resource");
            var o = CreateVerb.Object("autoscaling/v2", "HorizontalPodAutoscaler", call.Text("name") is { Length: > 0 } name ? name : subject.Name);
            var spec = new JsonMap { { "maxReplicas", max }, { "scaleTargetRef", new JsonMap { { "apiVersion", subject.Type.ApiVersion }, { "kind", subject.Type.Kind }, { "name", subject.Name } } } };
            if (min > 0) spec.Set("minReplicas", min);
            if (call.Words.Number("cpu-percent") is >= 0 and var busy)
                spec.Set("metrics", JsonList.Of(new JsonMap { { "type", "Resource" }, { "resource", new JsonMap { { "name", "cpu" }, { "target", new JsonMap { { "type", "Utilization" }, { "averageUtilization", busy } } } } } }));
            o.Set("spec", spec);
            o.Set("status", new JsonMap { { "currentMetrics", Json.Null }, { "desiredReplicas", 0 } });
            if (call.Switch("save-config")) LastApplied.Set(o);
            if (call.DryRun != DryRun.Client) o = await call.Api.Post(type.Path(subject.Namespace) + call.WriteQuery(), o);
            ObjectPrinter.Tell(call, new Subject(type, subject.Namespace, o.Name()), o, "autoscaled");
        }
        return 0;
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Deployments, replica sets, daemon sets, stateful sets.</summary>
internal static class DescribeWorkload
{
    public static void Deployment(DescribeText text, JsonMap o, IReadOnlyList<JsonMap> replicaSets)
    {
        var (spec, status) = (o.Spec(), o.Status());
        Head(text, o, withTime: true);
        text.Line(0, $"Selector:\t{Chosen(spec)}");
        text.Line(0, $"Replicas:\t{spec.Whole("replicas") ?? 0} desired | {status.Whole("updatedReplicas") ?? 0} updated | {status.Whole("replicas") ?? 0} total | {status.Whole("availableReplicas") ?? 0} available | {status.Whole("unavailableReplicas") ?? 0} unavailable");
        var strategy = spec.Map("strategy") ?? [];
        text.Line(0, $"StrategyType:\t{strategy.Text("type")}").Line(0, $"MinReadySeconds:\t{spec.Whole("minReadySeconds") ?? 0}");
        if (strategy.Map("rollingUpdate") is { } rolling) text.Line(0, $"RollingUpdateStrategy:\t{rolling["maxUnavailable"].Show()} max unavailable, {rolling["maxSurge"].Show()} max surge");
        text.Add(DescribeTemplate.Of(spec.Map("template") ?? []));
        if (status.Maps("conditions").Any())
        {
            text.Line(0, "Conditions:").Line(1, "Type\tStatus\tReason").Line(1, "----\t------\t------");
            foreach (var condition in status.Maps("conditions")) text.Line(1, $"{condition.Text("type")} \t{condition.Text("status")}\t{condition.Text("reason")}");
        }
        var revision = o.Meta().Map("annotations")?.Text(RolloutHistory.Revision);
        var current = replicaSets.Where(r => r.Meta().Map("annotations")?.Text(RolloutHistory.Revision) == revision).ToList();
        var old = replicaSets.Except(current).OrderBy(r => r.Meta().Text("creationTimestamp"), StringComparer.Ordinal).ToList();
        string Set(IEnumerable<JsonMap> sets) => string.Join(", ", sets.Select(r => $"{r.Name()} ({r.Status().Whole("replicas") ?? 0}/{r.Spec().Whole("replicas") ?? 0} replicas created)")) is { Length: > 0 } all ? all : "<none>";
        text.Line(0, $"OldReplicaSets:\t{Set(old)}").Line(0, $"NewReplicaSet:\t{Set(current)}");
    }

    public static void Other(DescribeText text, JsonMap o, IReadOnlyList<JsonMap> pods)
    {
        var (kind, spec, status) = (o.Kind(), o.Spec(), o.Status());
        string Pods(string phase) => $"{pods.Count(p => p.Status().Text("phase") == phase)} {phase}";
        if (kind == "StatefulSet") Head(text, o, withTime: true);
        else
        {
            text.Line(0, $"Name:\t{o.Name()}").Line(0, $"Namespace:\t{o.Namespace()}").Line(0, $"Selector:\t{Chosen(spec)}");
            if (kind == "DaemonSet") text.Pairs("", "Node-Selector", spec.Map("template")?.Spec().Map("nodeSelector"));
            text.Labels(o).Annotations(o);
        }
        if (kind == "StatefulSet") text.Line(0, $"Selector:\t{Chosen(spec)}").Line(0, $"Replicas:\t{spec.Whole("replicas") ?? 0} desired | {status.Whole("replicas") ?? 0} total").Line(0, $"Update Strategy:\t{spec.Map("updateStrategy")?.Text("type")}");
        if (kind == "StatefulSet" && spec.Map("updateStrategy")?.Map("rollingUpdate")?.Whole("partition") is { } partition) text.Line(1, $"Partition:\t{partition}");
        if (kind == "DaemonSet")
        {
            text.Line(0, $"Desired Number of Nodes Scheduled: {status.Whole("desiredNumberScheduled") ?? 0}").Line(0, $"Current Number of Nodes Scheduled: {status.Whole("currentNumberScheduled") ?? 0}")
                .Line(0, $"Number of Nodes Scheduled with Up-to-date Pods: {status.Whole("updatedNumberScheduled") ?? 0}").Line(0, $"Number of Nodes Scheduled with Available Pods: {status.Whole("numberAvailable") ?? 0}")
                .Line(0, $"Number of Nodes Misscheduled: {status.Whole("numberMisscheduled") ?? 0}");
        }
        if (kind == "ReplicaSet")
        {
            if (o.Meta().Maps("ownerReferences").FirstOrDefault(r => r.Bool("controller") == true) is { } owner) text.Line(0, $"Controlled By:\t{owner.Text("kind")}/{owner.Text("name")}");
            text.Line(0, $"Replicas:\t{status.Whole("replicas") ?? 0} current / {spec.Whole("replicas") ?? 0} desired");
        }
        text.Line(0, $"Pods Status:\t{Pods("Running")} / {pods.Count(p => p.Status().Text("phase") == "Pending")} Waiting / {Pods("Succeeded")} / {Pods("Failed")}");
        text.Add(DescribeTemplate.Of(spec.Map("template") ?? []));
        if (kind == "StatefulSet") text.Line(0, spec.Maps("volumeClaimTemplates").Any() ? "Volume Claims:" : "Volume Claims:\t<none>");
        foreach (var claim in spec.Maps("volumeClaimTemplates"))
        {
            text.Line(1, $"Name:\t{claim.Name()}").Line(1, $"StorageClass:\t{claim.Spec().Text("storageClassName")}");
            text.Pairs("  ", "Labels", claim.Meta().Map("labels")).Pairs("  ", "Annotations", claim.Meta().Map("annotations"));
            text.Line(1, $"Capacity:\t{claim.Spec().Map("resources")?.Map("requests")?["storage"].Show()}").Line(1, $"Access Modes:\t[{string.Join(' ', (claim.Spec().List("accessModes") ?? []).Texts())}]");
        }
    }

    private static void Head(DescribeText text, JsonMap o, bool withTime)
    {
        text.Line(0, $"Name:\t{o.Name()}").Line(0, $"Namespace:\t{o.Namespace()}");
        if (withTime) text.Line(0, $"CreationTimestamp:\t{DescribeText.Time(o.Meta().Text("creationTimestamp"))}");
        text.Labels(o).Annotations(o);
    }

    private static string Chosen(JsonMap spec) => Selector.From(spec.Map("selector")).ToString();
}

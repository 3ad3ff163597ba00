using System.Globalization;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Pods of a Job: their finalizer, their index, how they ended.</summary>
public static class JobPods
{
    public const string Finalizer = "batch.kubernetes.io/job-tracking";
    public const string Index = "batch.kubernetes.io/job-completion-index";
    public const string IndexFailures = "batch.kubernetes.io/job-index-failure-count";
    public const string IndexIgnored = "batch.kubernetes.io/job-index-ignored-failure-count";

    public static bool IsTracked(this Item<Pod> pod) => pod.Meta.Finalizers.Contains(Finalizer);

    public static int? IndexOf(this Item<Pod> pod) =>
        int.TryParse(pod.Meta.Annotation(Index), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;

    public static int FailuresOfIndex(this Item<Pod> pod, string annotation = IndexFailures) =>
        int.TryParse(pod.Meta.Annotation(annotation), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    /// <summary>How many pods of its index ended badly before this one, counted or not.</summary>
    public static int EndsOfIndex(this Item<Pod> pod) => pod.FailuresOfIndex() + pod.FailuresOfIndex(IndexIgnored);

    /// <summary>A pod that is going away unfinished will never succeed; with podReplacementPolicy Failed that is only certain at the end.</summary>
    public static bool HasFailed(this Item<Pod> pod, JobSeen seen) => pod.Phase() == "Failed" ||
        pod.BeingDeleted && pod.Phase() != "Succeeded" && seen.Spec is { PodReplacementPolicy: not "Failed", PodFailurePolicy: null };

    public static DateTimeOffset? FinishedAt(this Item<Pod> pod) =>
        pod.Value.Status?.ContainerStatuses?.Max(c => c.State?.Terminated?.FinishedAt) ?? pod.Meta.Deleted;

    public static PlanAction Create(JobSeen seen, int? index, int failuresOfIndex, int ignoredOfIndex = 0)
    {
        var template = seen.Template;
        var pod = PodTemplates.Pod(template, seen.Job, index is { } i ? $"{seen.Job.Name}-{i}-" : null);
        var metadata = pod.Map("metadata")!;
        metadata.ListOrNew("finalizers").Add(Finalizer);
        if (index is { } number)
        {
            var annotations = metadata.MapOrNew("annotations");
            annotations.Set(Index, $"{number}");
            if (seen.PerIndex) annotations.Set(IndexFailures, $"{failuresOfIndex}");
            if (seen.PerIndex && ignoredOfIndex > 0) annotations.Set(IndexIgnored, $"{ignoredOfIndex}");
            metadata.MapOrNew("labels").Set(Index, $"{number}");
            var spec = pod.MapOrNew("spec");
            spec.Set("hostname", $"{seen.Job.Name}-{number}");
            foreach (var container in new[] { "containers", "initContainers" }.SelectMany(l => (spec.List(l) ?? []).Maps())) AddIndex(container);
        }
        return new PlanAction.Create(Resources.RefOf<Pod>(), seen.Job.Namespace, pod)
        {
            Announce = new(seen.Job.Ref) { Done = ("SuccessfulCreate", "Created pod: {name}"), Failed = ("FailedCreate", "Error creating: {error}") },
        };
    }

    public static PlanAction Delete(JobSeen seen, Item<Pod> pod) => new PlanAction.Delete(Resources.RefOf<Pod>(), pod.Namespace, pod.Name, pod.Uid, null)
    {
        Announce = new(seen.Job.Ref) { Done = ("SuccessfulDelete", "Deleted pod: {name}"), Failed = ("FailedDelete", "Error deleting: {error}") },
    };

    public static PlanAction Untrack(Item<Pod> pod) =>
        new PlanAction.Patch(Resources.RefOf<Pod>(), pod.Namespace, pod.Name, pod.Uid, pod.Meta.ResourceVersion, new JsonMap
        {
            { "metadata", new JsonMap { { "finalizers", JsonList.OfTexts(pod.Meta.Finalizers.Where(f => f != Finalizer)) } } },
        });

    private static void AddIndex(JsonMap container)
    {
        var env = container.ListOrNew("env");
        if (env.Maps().Any(e => e.Text("name") == "JOB_COMPLETION_INDEX")) return;
        env.Add(new JsonMap
        {
            { "name", "JOB_COMPLETION_INDEX" },
            { "valueFrom", new JsonMap { { "fieldRef", new JsonMap { { "fieldPath", $"metadata.labels['{Index}']" } } } } },
        });
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl rollout status: waits until all pods are new.</summary>
internal static class RolloutStatus
{
    public static readonly Verb Verb = new("status", "Show the status of the rollout", "kubectl rollout status (TYPE NAME | TYPE/NAME) [flags] [options]")
    {
        Flags = [.. RolloutVerb.Common, FlagSpec.Switch("watch", "Wait until it is done", 'w', on: true), FlagSpec.Duration("timeout", "Give up after this; 0 is never"), FlagSpec.Number("revision", "Only as long as this is the revision")],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var subjects = await RolloutVerb.Named(call);
        if (subjects.Count == 0) call.Error.WriteLine($"No resources found in {call.Namespace} namespace.");
        foreach (var subject in subjects)
        {
            string? last = null;
            bool Look(JsonMap o)
            {
                var (text, done) = Of(o, call.Words.Number("revision"));
                if (text != last) call.Out.WriteLine(text);
                call.Out.Flush();
                last = text;
                return done || !call.Switch("watch");
            }
            await Following.Until(call, subject, Look, call.Words.Duration("timeout"), "timed out waiting for the condition");
        }
        return 0;
    }

    /// <summary>What there is to say of it, and whether it is done.</summary>
    public static (string Text, bool Done) Of(JsonMap o, long revision = 0) => o.Kind() switch
    {
        "Deployment" => Deployment(o, revision),
        "DaemonSet" => DaemonSet(o),
        "StatefulSet" => StatefulSet(o),
        _ => throw new Failure($"no status viewer has been implemented for {o.Kind()}"),
    };

    private static bool Seen(JsonMap o) => (o.Meta().Whole("generation") ?? 0) <= (o.Status().Whole("observedGeneration") ?? 0);

    private static (string, bool) Deployment(JsonMap o, long revision)
    {
        var (name, status) = (o.Name(), o.Status());
        if (revision > 0 && o.Meta().Map("annotations")?.Text(RolloutHistory.Revision) is var own && own != $"{revision}") throw new Failure($"desired revision ({revision}) is different from the running revision ({own})");
        if (!Seen(o)) return ("Waiting for deployment spec update to be observed...", false);
        if (status.Maps("conditions").Any(c => c.Text("type") == "Progressing" && c.Text("reason") == "ProgressDeadlineExceeded")) throw new Failure($"deployment \"{name}\" exceeded its progress deadline");
        var (wanted, updated, all, available) = (o.Spec().Whole("replicas") ?? 1, status.Whole("updatedReplicas") ?? 0, status.Whole("replicas") ?? 0, status.Whole("availableReplicas") ?? 0);
        if (updated < wanted) return ($"Waiting for deployment \"{name}\" rollout to finish: {updated} out of {wanted} new replicas have been updated...", false);
        if (all > updated) return ($"Waiting for deployment \"{name}\" rollout to finish: {all - updated} old replicas are pending termination...", false);
        if (available < updated) return ($"Waiting for deployment \"{name}\" rollout to finish: {available} of {updated} updated replicas are available...", false);
        return ($"deployment \"{name}\" successfully rolled out", true);
    }

    private static (string, bool) DaemonSet(JsonMap o)
    {
        if ((o.Spec().Map("updateStrategy")?.Text("type") ?? "RollingUpdate") != "RollingUpdate") throw new Failure("rollout status is only available for RollingUpdate strategy type");
        var (name, status) = (o.Name(), o.Status());
        if (!Seen(o)) return ("Waiting for daemon set spec update to be observed...", false);
        var (wanted, updated, available) = (status.Whole("desiredNumberScheduled") ?? 0, status.Whole("updatedNumberScheduled") ?? 0, status.Whole("numberAvailable") ?? 0);
        if (updated < wanted) return ($"Waiting for daemon set \"{name}\" rollout to finish: {updated} out of {wanted} new pods have been updated...", false);
        if (available < wanted) return ($"Waiting for daemon set \"{name}\" rollout to finish: {available} of {wanted} updated pods are available...", false);
        return ($"daemon set \"{name}\" successfully rolled out", true);
    }

    private static (string, bool) StatefulSet(JsonMap o)
    {
        var strategy = o.Spec().Map("updateStrategy") ?? [];
        if ((strategy.Text("type") ?? "RollingUpdate") != "RollingUpdate") throw new Failure($"rollout status is only available for RollingUpdate strategy type");
        var (status, wanted) = (o.Status(), o.Spec().Whole("replicas") ?? 1);
        if (!Seen(o)) return ("Waiting for statefulset spec update to be observed...", false);
        var (ready, updated) = (status.Whole("readyReplicas") ?? 0, status.Whole("updatedReplicas") ?? 0);
        if (ready < wanted) return ($"Waiting for {wanted - ready} pods to be ready...", false);
        if (strategy.Map("rollingUpdate")?.Whole("partition") is { } partition and > 0)
        {
            return updated < wanted - partition
                ? ($"Waiting for partitioned roll out to finish: {updated} out of {wanted - partition} new pods have been updated...", false)
                : ($"partitioned roll out complete: {updated} new pods have been updated...", true);
        }
        if (status.Text("updateRevision") != status.Text("currentRevision")) return ($"waiting for statefulset rolling update to complete {updated} pods at revision {status.Text("updateRevision")}...", false);
        return ($"statefulset rolling update complete {status.Whole("currentReplicas") ?? 0} pods at revision {status.Text("currentRevision")}...", true);
    }
}

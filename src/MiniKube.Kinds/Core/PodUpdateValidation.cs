using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>What may change in a pod once it exists.</summary>
public static class PodUpdateValidation
{
    private const string Changeable =
        "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
        + "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    public static void Check(JsonMap pod, JsonMap old, List<FieldError> errors)
    {
        var spec = Spot.Root(pod, errors)["spec"];
        var before = old.Map("spec") ?? [];
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            if (spec[list].List.Count == (before.List(list)?.Count ?? 0)) continue;
            spec[list].Forbidden("pod updates may not add or remove containers");
            return;
        }
        if (!Deadline(spec["activeDeadlineSeconds"], before.Whole("activeDeadlineSeconds"))) return;
        OnlyAddedTolerations(spec["tolerations"], before.List("tolerations") ?? []);
        OnlyRemovedGates(spec["schedulingGates"], before.List("schedulingGates") ?? []);
        if (spec.Map.SameAs(before)) return;

        var rest = spec.Map.CloneMap();
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
            foreach (var (container, was) in (rest.List(list) ?? []).Maps().Zip((before.List(list) ?? []).Maps()))
                container["image"] = was["image"];
        foreach (var field in (ReadOnlySpan<string>)["activeDeadlineSeconds", "schedulingGates", "tolerations"]) rest[field] = before[field];
        if (before.Whole("terminationGracePeriodSeconds") < 0 && rest.Whole("terminationGracePeriodSeconds") == 1)
            rest["terminationGracePeriodSeconds"] = before["terminationGracePeriodSeconds"];
        if ((before.List("schedulingGates")?.Count ?? 0) > 0) GatedPod(spec, rest, before);
        if (!rest.SameAs(before))
            spec.Forbidden($"pod updates may not change fields other than {Changeable}\n{Difference.Of(before, rest)}");
    }

    private static bool Deadline(Spot deadline, long? before)
    {
        if (deadline.Whole is not { } now)
        {
            if (before is not null) deadline.Invalid(Json.Null, "must not update from a positive integer to nil value");
            return true;
        }
        if (now is < 0 or > int.MaxValue) deadline.Invalid($"must be between 0 and {int.MaxValue}, inclusive");
        else if (before < now) deadline.Invalid("must be less than or equal to previous value");
        else return true;
        return false;
    }

    private static void OnlyAddedTolerations(Spot tolerations, JsonList before)
    {
        foreach (var old in before.Maps())
        {
            var kept = tolerations.List.Maps().Any(t =>
            {
                var same = old.CloneMap();
                same["tolerationSeconds"] = t["tolerationSeconds"];
                return same.SameAs(t);
            });
            if (kept) continue;
            tolerations.Forbidden("existing toleration can not be modified except its tolerationSeconds");
            return;
        }
    }

    private static void OnlyRemovedGates(Spot gates, JsonList before)
    {
        var known = before.Maps().Select(g => g.Text("name")).ToHashSet();
        foreach (var gate in gates.Items())
            if (!known.Contains(gate["name"].Text))
                gate["name"].Forbidden($"only deletion is allowed, but found new scheduling gate '{gate["name"].Text}'");
    }

    /// <summary>While gates hold a pod back, its node selection may be narrowed.</summary>
    private static void GatedPod(Spot spec, JsonMap rest, JsonMap before)
    {
        foreach (var (key, value) in before.Map("nodeSelector") ?? [])
            if (spec["nodeSelector"].Map[key]?.SameAs(value) != true)
                spec["nodeSelector"].Invalid("only additions to spec.nodeSelector are allowed (no mutations or deletions)");
        rest["nodeSelector"] = before["nodeSelector"];
        var (now, was) = (rest.Map("affinity"), before.Map("affinity"));
        if (now is null || now["nodeAffinity"]?.SameAs(was?["nodeAffinity"]) == true) return;
        now["nodeAffinity"] = was?["nodeAffinity"];
        if (now.Count == 0 && was is null) rest.Remove("affinity");
    }

    public static void CheckStatus(JsonMap pod, JsonMap old, List<FieldError> errors)
    {
        var root = Spot.Root(pod, errors);
        var status = root["status"];
        foreach (var condition in root["status"]["conditions"].Items())
        {
            if (condition["type"].Text is "PodScheduled" or "Ready" or "Initialized") continue;
            foreach (var fault in LabelRules.Key(condition["type"].Text)) condition["Type"].Invalid(condition["type"].Text, fault);
        }
        if (!status["nominatedNodeName"].IsBlank) status["nominatedNodeName"].Follows(NameRules.DnsSubdomain);
        var before = old.Map("status");
        if (before?.Has("qosClass") == true && status["qosClass"].IsSet) status["qosClass"].SameAs(before["qosClass"]);
        NoRevival(status["containerStatuses"], before?.List("containerStatuses"), old.Map("spec"));
        foreach (var ip in status["podIPs"].Items())
            foreach (var fault in ValueRules.Ip(ip["ip"].Text)) ip.Invalid(ip["ip"].Text, fault);
    }

    /// <summary>What has ended for good stays so; a container may have a policy of its own, and rules beyond it.</summary>
    private static void NoRevival(Spot statuses, JsonList? before, JsonMap? spec)
    {
        if (before is null || spec?.Text("restartPolicy") is not { } podPolicy) return;
        // Where one container's end begins all of them anew, none has ended for good.
        if (spec.Maps("initContainers").Concat(spec.Maps("containers")).Any(c => c.Maps("restartPolicyRules").Any(r => r.Text("action") == "RestartAllContainers"))) return;
        foreach (var (old, at) in before.Maps().Select((s, i) => (s, i)))
        {
            if (old.Dig("state", "terminated") is not JsonMap terminated) continue;
            var container = (spec.List("containers") ?? []).Maps().FirstOrDefault(c => c.Text("name") == old.Text("name"));
            var policy = container?.Text("restartPolicy") ?? podPolicy;
            if (policy == "Always" || policy == "OnFailure" && terminated.Whole("exitCode") != 0) continue;
            if ((container?.List("restartPolicyRules") ?? []).Maps().Any(r => r.Text("action") == "Restart")) continue;
            var now = statuses.List.Maps().FirstOrDefault(s => s.Text("name") == old.Text("name"));
            if (now is not null && now.Dig("state", "terminated") is null)
                statuses.Under($"{statuses.Path}[{at}].state").Forbidden("may not be transitioned to non-terminated state");
        }
    }
}

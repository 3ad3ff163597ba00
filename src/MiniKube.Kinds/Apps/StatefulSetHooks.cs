using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class StatefulSetHooks
{
    private static readonly string[] Changeable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public static readonly KindHooks All = new()
    {
        NameRule = NameRules.DnsLabel,
        Default = Default,
        Validate = Check,
        ValidateUpdate = CheckUpdate,
        Warn = (set, warnings) =>
        {
            PodWarnings.OfTemplate(set.Map("spec")?.Map("template"), "spec.template", warnings);
            foreach (var claim in new Spot(set, "", [])["spec"]["volumeClaimTemplates"].Items()) PersistentVolumeClaimValidation.Warn(claim["spec"], warnings);
            if (set.Map("spec")?.Whole("revisionHistoryLimit") < 0)
                warnings.Add("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended");
        },
    };

    private static void Default(JsonMap set)
    {
        var spec = set.MapOrNew("spec");
        PodSpecDefaults.ApplyToTemplate(spec.Map("template"));
        var strategy = spec.MapOrNew("updateStrategy");
        if (!strategy.Has("type")) strategy.Set("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.MapOrNew("rollingUpdate");
            if (!rolling.Has("partition")) rolling.Set("partition", 0);
        }
        foreach (var claim in (spec.List("volumeClaimTemplates") ?? []).Maps())
        {
            if (!claim.Has("kind")) claim.Set("kind", "PersistentVolumeClaim");
            if (!claim.Has("apiVersion")) claim.Set("apiVersion", "v1");
        }
    }

    private static void Check(JsonMap set, List<FieldError> errors)
    {
        var spec = Spot.Root(set, errors)["spec"];
        if (spec["podManagementPolicy"].IsBlank) spec["podManagementPolicy"].Required();
        else if (spec["podManagementPolicy"].Text is not ("OrderedReady" or "Parallel"))
            spec["podManagementPolicy"].Invalid("must be 'OrderedReady' or 'Parallel'");
        Strategy(spec["updateStrategy"]);
        foreach (var when in (ReadOnlySpan<string>)["whenDeleted", "whenScaled"])
        {
            var policy = spec["persistentVolumeClaimRetentionPolicy"][when];
            if (policy.Text is not ("Retain" or "Delete")) policy.NotSupported("Retain", "Delete");
        }
        spec["replicas"].NotNegative();
        spec["minReadySeconds"].NotNegative();
        spec["ordinals"]["start"].NotNegative();
        PodTemplateValidation.Selector(spec["selector"], "statefulset");
        PodTemplateValidation.CheckForever(spec["template"], spec["selector"].Value as JsonMap, selectorIsMap: false, "StatefulSet", completedInPods: true);
        if (!spec["serviceName"].IsBlank) spec["serviceName"].Follows(NameRules.DnsLabel);
    }

    private static void Strategy(Spot strategy)
    {
        var rolling = strategy["rollingUpdate"];
        switch (strategy["type"].Text)
        {
            case "":
                strategy.Required();
                break;
            case "OnDelete":
                if (rolling.IsSet) rolling.Invalid("only allowed for updateStrategy 'RollingUpdate'");
                break;
            case "RollingUpdate":
                rolling["partition"].NotNegative();
                if (rolling["maxUnavailable"] is not { IsSet: true } most) break;
                ValueRules.CountOrPercent(most);
                if (DeploymentHooks.IsZero(most)) most.Invalid("cannot be 0");
                ValueRules.AtMostAll(most);
                break;
            default:
                strategy.Invalid("must be 'RollingUpdate' or 'OnDelete'");
                break;
        }
    }

    private static void CheckUpdate(JsonMap set, JsonMap old, List<FieldError> errors)
    {
        var now = (set.Map("spec") ?? []).CloneMap();
        var before = (old.Map("spec") ?? []).CloneMap();
        foreach (var field in Changeable)
        {
            now.Remove(field);
            before.Remove(field);
        }
        if (!now.SameAs(before))
            errors.Add(FieldError.Forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
    }
}

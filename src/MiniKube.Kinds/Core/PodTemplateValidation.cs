using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Pod templates, and what the workloads that use them have in common.</summary>
public static class PodTemplateValidation
{
    public static void Check(Spot template)
    {
        Metadata(template);
        PodSpecValidation.Check(template["spec"], isPod: false);
        if (template["spec"]["ephemeralContainers"].List.Count > 0)
            template["spec"]["ephemeralContainers"].Forbidden("ephemeral containers not allowed in pod template");
    }

    private static void Metadata(Spot template)
    {
        var meta = template["metadata"];
        ObjectMetaRules.Labels(meta["labels"].Value as JsonMap, template.Path + ".labels", template.Errors);
        ObjectMetaRules.Annotations(meta["annotations"].Value as JsonMap, template.Path + ".annotations", template.Errors);
        PodValidation.Annotations(meta["annotations"].Under(template.Path + ".annotations"), template["spec"]);
    }

    /// <summary>
    /// The template of a workload that keeps pods running: the selector matches, and the pods restart. What its pods get beside the
    /// template, as the volumes of a StatefulSet's claims, makes sense of the spec only in the pods: then it is judged there alone.
    /// </summary>
    public static void CheckForever(Spot template, JsonMap? selector, bool selectorIsMap, string kind, bool completedInPods = false)
    {
        var labels = template["metadata"]["labels"];
        var matches = selectorIsMap
            ? selector is null || selector.Count == 0 || selector.All(s => labels.Map[s.Key]?.SameAs(s.Value) == true)
            : SelectorRules.Matches(selector, labels.Map);
        if (!matches) labels.Invalid(labels.Map, "`selector` does not match template `labels`");
        if (completedInPods) Metadata(template);
        else Check(template);
        var policy = template["spec"]["restartPolicy"];
        if (policy.Text != "Always") policy.NotSupported("Always");
        if (template["spec"]["activeDeadlineSeconds"].IsSet)
            template["spec"]["activeDeadlineSeconds"].Forbidden($"activeDeadlineSeconds in {kind} is not Supported");
    }

    /// <summary>A LabelSelector that must be there and not be empty.</summary>
    public static void Selector(Spot selector, string kind)
    {
        if (!selector.IsSet)
        {
            selector.Required();
            return;
        }
        SelectorRules.Check(selector);
        if (SelectorRules.IsEmpty(selector.Map)) selector.Invalid(selector.Value!, $"empty selector is invalid for {kind}");
    }
}

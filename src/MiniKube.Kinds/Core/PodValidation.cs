using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class PodValidation
{
    public static void Check(JsonMap pod, List<FieldError> errors)
    {
        var root = Spot.Root(pod, errors);
        var spec = root["spec"];
        Annotations(root["metadata"]["annotations"], spec);
        PodSpecValidation.Check(spec, isPod: true, root["metadata"]["name"].Text);
        if (spec["serviceAccountName"].IsBlank)
        {
            foreach (var source in spec["volumes"].Items().SelectMany(v => v["projected"]["sources"].Items()))
                if (source["serviceAccountToken"].IsSet)
                    source["serviceAccountToken"].Forbidden("must not be specified when serviceAccountName is not set");
        }
        foreach (var container in spec["containers"].Items().Concat(spec["initContainers"].Items())) ContainerValidation.ImageSpace(container);
        if (pod.Map("metadata")?.Has("resourceVersion") == true) return;
        if (spec["ephemeralContainers"].List.Count > 0) spec["ephemeralContainers"].Forbidden("cannot be set on create");
        if (!spec["nodeName"].IsBlank && spec["schedulingGates"].List.Count > 0)
            spec["nodeName"].Forbidden("cannot be set until all schedulingGates have been cleared");
    }

    internal static void Annotations(Spot annotations, Spot spec)
    {
        const string mirror = "kubernetes.io/config.mirror", cost = "controller.kubernetes.io/pod-deletion-cost";
        if (annotations.At(mirror).IsSet && spec["nodeName"].IsBlank)
            annotations.At(mirror).Invalid("must set spec.nodeName if mirror pod annotation is set");
        if (annotations.At(cost) is { IsSet: true } deletionCost && (!int.TryParse(deletionCost.Text, out var number) || deletionCost.Text != number.ToString()))
            deletionCost.Invalid("must be a 32bit integer");
    }
}

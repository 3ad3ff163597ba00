using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Checks of the pod's subresources that change its spec: ephemeralcontainers and resize.</summary>
public static class PodSubresources
{
    /// <summary>Whatever else the new pod says stays as it was.</summary>
    public static void KeepEphemeralContainers(JsonMap pod, JsonMap old)
    {
        var wanted = pod.Map("spec")?["ephemeralContainers"];
        var spec = old.Map("spec")?.CloneMap() ?? [];
        spec["ephemeralContainers"] = wanted?.Clone();
        pod.Set("spec", spec);
    }

    public static List<FieldError> EphemeralContainers(JsonMap pod, JsonMap old)
    {
        var errors = new List<FieldError>();
        if (IsStatic(old)) return [FieldError.Forbidden("", "static pods do not support ephemeral containers")];
        PodValidation.Check(pod, errors);
        var now = (pod.Map("spec")?.List("ephemeralContainers") ?? []).Maps().ToArray();
        foreach (var was in (old.Map("spec")?.List("ephemeralContainers") ?? []).Maps())
        {
            var same = now.FirstOrDefault(c => c.Text("name") == was.Text("name"));
            if (same is null)
                errors.Add(FieldError.Forbidden("spec.ephemeralContainers", $"existing ephemeral containers \"{was.Text("name")}\" may not be removed\n"));
            else if (!same.SameAs(was))
                errors.Add(FieldError.Forbidden("spec.ephemeralContainers",
                    $"existing ephemeral containers \"{was.Text("name")}\" may not be changed\n{Difference.Of(was, same)}"));
        }
        return errors;
    }

    public static List<FieldError> Resize(JsonMap pod, JsonMap old)
    {
        var errors = new List<FieldError>();
        PodValidation.Check(pod, errors);
        if (IsStatic(old)) return [FieldError.Forbidden("", "static pods cannot be resized")];
        if (old.Dig("spec", "os", "name") is JsonText { Value: "windows" }) return [FieldError.Forbidden("", "windows pods cannot be resized")];
        var spec = Spot.Root(pod, errors)["spec"];
        var before = old.Map("spec") ?? [];
        if (PodQos.Of(spec.Map) != (old.Map("status")?.Text("qosClass") ?? PodQos.Of(before)))
            spec.Invalid(PodQos.Of(spec.Map), "Pod QOS Class may not change as a result of resizing");
        var rest = spec.Map.CloneMap();
        Removed(spec["resources"], before.Map("resources"));
        RevertAmounts(rest, before);
        foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            foreach (var (container, was, left) in Pairs(spec[list], before.List(list), rest.List(list)))
            {
                if (list == "initContainers" && was.Text("restartPolicy") != "Always") continue;
                Removed(container["resources"], was.Map("resources"));
                Revert(left, was);
            }
        }
        if (errors.Count == 0 && !rest.SameAs(before)) spec.Forbidden("only cpu and memory resources are mutable");
        return errors;
    }

    private static bool IsStatic(JsonMap pod) => pod.Map("metadata")?.Map("annotations")?.Has("kubernetes.io/config.mirror") == true;

    private static IEnumerable<(Spot, JsonMap, JsonMap)> Pairs(Spot now, JsonList? before, JsonList? rest) =>
        now.Items().Zip((before ?? []).Maps(), (rest ?? []).Maps());

    private static void Removed(Spot resources, JsonMap? before)
    {
        foreach (var (field, word) in (ReadOnlySpan<(string, string)>)[("requests", "requests"), ("limits", "limits")])
            if ((before?.Map(field) ?? []).Any(m => !resources[field].Map.Has(m.Key)))
                resources[field].Forbidden($"resource {word} cannot be removed");
    }

    /// <summary>Takes back what a resize may change, so that the rest can be compared.</summary>
    private static void Revert(JsonMap container, JsonMap was)
    {
        container["resizePolicy"] = was["resizePolicy"];
        RevertAmounts(container, was);
    }

    private static void RevertAmounts(JsonMap holder, JsonMap was)
    {
        foreach (var field in (ReadOnlySpan<string>)["limits", "requests"])
        {
            var old = was.Map("resources")?.Map(field);
            if (holder.Map("resources")?.Map(field) is not { } now) continue;
            foreach (var name in (ReadOnlySpan<string>)["cpu", "memory"]) now[name] = old?[name];
            if (now.Count == 0 && old is null) holder.Map("resources")!.Remove(field);
        }
    }
}

using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>New pods get what the presets that choose them hold, of all of them or, where something contradicts something, of none.</summary>
internal sealed class PodPresetAdmission : IAdmission
{
    private const string Prefix = "podpreset.admission.kubernetes.io/";
    private static readonly string[] Containers = ["initContainers", "containers"];

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request.Is("", "pods") && request is { Operation: AdmissionOperation.Create, Subresource: "", Object: { } pod }) Complete(server, request, pod);
        return ValueTask.FromResult<ApiError?>(null);
    }

    private static void Complete(ServerContext server, AdmissionRequest request, JsonMap pod)
    {
        if (server.Store.Snapshot().Count("podpresets.settings.k8s.io", request.Namespace) == 0) return;
        var metadata = pod.MapOrNew("metadata");
        var annotations = metadata.Map("annotations");
        if (annotations?.Has(MirrorPods.Annotation) == true || annotations?.Text(Prefix + "exclude") == "true") return;
        var presets = server.Store.Snapshot().List("podpresets.settings.k8s.io", request.Namespace).Select(ObjectCodec.Shared)
            .Where(p => LabelSelector.From(p.Map("spec")?.Map("selector") ?? []).Matches(metadata.Map("labels"))).ToList();
        if (presets.Count == 0) return;
        var spec = pod.MapOrNew("spec").CloneMap();
        var fits = presets.All(p => Apply(p.Map("spec") ?? [], spec));
        if (!fits)
        {
            request.Warnings.Add($"the PodPresets {string.Join(", ", presets.Select(p => p.Map("metadata")!.Text("name")))} contradict the pod or each other: none was applied");
            return;
        }
        pod.Set("spec", spec);
        foreach (var preset in presets)
            metadata.MapOrNew("annotations").Set($"{Prefix}podpreset-{preset.Map("metadata")!.Text("name")}", preset.Map("metadata")!.Text("resourceVersion") ?? "");
    }

    /// <summary>False where something is there already and is something else.</summary>
    private static bool Apply(JsonMap preset, JsonMap spec)
    {
        if (!Merge(preset, spec, "volumes", "name")) return false;
        foreach (var container in Containers.SelectMany(list => (spec.List(list) ?? []).Maps()))
        {
            if (!Merge(preset, container, "env", "name") || !Merge(preset, container, "volumeMounts", "name", "mountPath")) return false;
            foreach (var source in (preset.List("envFrom") ?? []).Maps()) container.ListOrNew("envFrom").Add(source.Clone());
        }
        return true;
    }

    private static bool Merge(JsonMap preset, JsonMap target, string list, params ReadOnlySpan<string> keys)
    {
        foreach (var item in (preset.List(list) ?? []).Maps())
        {
            var known = false;
            foreach (var there in (target.List(list) ?? []).Maps())
            {
                if (there.SameAs(item)) known = true;
                else foreach (var key in keys)
                    if (there.Text(key) is { } value && value == item.Text(key)) return false;
            }
            if (!known) target.ListOrNew(list).Add(item.Clone());
        }
        return true;
    }
}

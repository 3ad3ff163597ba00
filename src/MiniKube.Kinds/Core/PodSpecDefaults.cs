using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Defaults of pod specs that depend on something else.</summary>
public static class PodSpecDefaults
{
    private static readonly string[] ContainerLists = ["containers", "initContainers", "ephemeralContainers"];

    public static void Apply(JsonMap? spec, bool isPod)
    {
        if (spec is null) return;
        ServiceAccount(spec);
        foreach (var list in ContainerLists)
        {
            foreach (var container in (spec.List(list) ?? []).Maps())
            {
                if (!container.Has("imagePullPolicy"))
                    container.Set("imagePullPolicy", container.Text("image") is { Length: > 0 } image && IsLatest(image) ? "Always" : "IfNotPresent");
                if (isPod && list != "ephemeralContainers") RequestsFromLimits(container.Map("resources"));
            }
        }
        if (!isPod) return;
        RequestsFromLimits(spec.Map("resources"));
        if (!spec.Has("enableServiceLinks")) spec.Set("enableServiceLinks", true);
        if (spec.Bool("hostNetwork") == true)
        {
            foreach (var port in ContainerLists.Take(2).SelectMany(l => (spec.List(l) ?? []).Maps()).SelectMany(c => (c.List("ports") ?? []).Maps()))
                if (!port.Has("hostPort") && port["containerPort"] is { } number) port.Set("hostPort", number);
        }
    }

    public static void ApplyToTemplate(JsonMap? template) => Apply(template?.Map("spec"), isPod: false);

    /// <summary>No tag and no digest means latest; a digest alone does not.</summary>
    internal static bool IsLatest(string image)
    {
        if (image.Contains('@')) return image[..image.IndexOf('@')].EndsWith(":latest", StringComparison.Ordinal);
        var name = image[(image.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':');
        return colon < 0 || name[(colon + 1)..] == "latest";
    }

    private static void ServiceAccount(JsonMap spec)
    {
        var name = spec["serviceAccountName"] ?? spec["serviceAccount"];
        if (name is null) return;
        spec.Set("serviceAccountName", name);
        spec.Set("serviceAccount", name);
    }

    private static void RequestsFromLimits(JsonMap? resources)
    {
        if (resources?.Map("limits") is not { Count: > 0 } limits) return;
        var requests = resources.MapOrNew("requests");
        foreach (var (name, limit) in limits)
            if (!requests.Has(name)) requests.Set(name, limit);
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>What Endpoints and EndpointSlices are made from: a Service, its pods and where these run.</summary>
public static class ServicePods
{
    public const string Headless = "service.kubernetes.io/headless";
    public const string ChangeTime = "endpoints.kubernetes.io/last-change-trigger-time";

    public static bool SelectsPods(Item<Service> service) =>
        service.Value.Spec is { Type: not "ExternalName", Selector.Count: > 0 };

    public static bool IsHeadless(Item<Service> service) => service.Value.Spec?.ClusterIP == "None";

    /// <summary>Pods that have an address and haven't finished; those being deleted only when asked for.</summary>
    public static bool Belongs(Item<Pod> pod, bool terminatingToo) =>
        !string.IsNullOrEmpty(pod.Value.Status?.PodIP) && !pod.IsTerminal() && (terminatingToo || !pod.BeingDeleted);

    /// <summary>The number behind a service port on one pod; names are looked up in its containers.</summary>
    public static int? TargetPort(Item<Pod> pod, ServicePort port)
    {
        var target = port.TargetPort;
        if (target is null) return port.Port;
        if (target.Value.Number is { } number) return number == 0 ? port.Port : number;
        var sidecars = (pod.Value.Spec?.InitContainers ?? []).Where(c => c.RestartPolicy == "Always");
        foreach (var container in (pod.Value.Spec?.Containers ?? []).Concat(sidecars))
            foreach (var declared in container.Ports ?? [])
                if (declared.Name == target.Value.Text && (declared.Protocol ?? "TCP") == (port.Protocol ?? "TCP"))
                    return declared.Port;
        return null;
    }

    public static string? Hostname(Item<Pod> pod, Item<Service> service) =>
        pod.Value.Spec is { Hostname: { Length: > 0 } hostname, Subdomain: { } subdomain } && subdomain == service.Name ? hostname : null;

    /// <summary>Since when the pod is as ready, or unready, as it is.</summary>
    public static DateTimeOffset? ReadySince(Item<Pod> pod) =>
        pod.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.LastTransitionTime;
}

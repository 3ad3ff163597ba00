using MiniKube.Machinery;

namespace MiniKube.Server.Aggregation;

/// <summary>What the Available condition of an APIService says. Pure.</summary>
internal static class Availability
{
    public static JsonMap Local { get; } = Condition("True", "Local", "Local APIServices are always available");
    public static JsonMap Passed { get; } = Condition("True", "Passed", "all checks passed");

    /// <summary>What can be said without asking the server itself; null when it has to be asked.</summary>
    public static JsonMap? Known(RemoteGroup remote, JsonMap? service, IEnumerable<JsonMap> slices)
    {
        var named = $"service/{remote.Service} in \"{remote.Namespace}\"";
        if (service is null) return Condition("False", "ServiceNotFound", $"{named} is not present");
        var spec = service.Map("spec") ?? [];
        // Behind any other type there may be things that nobody here knows of.
        if ((spec.Text("type") ?? "ClusterIP") != "ClusterIP") return null;
        if ((spec.List("ports") ?? []).Maps().FirstOrDefault(p => p.Whole("port") == remote.Port) is not { } port)
            return Condition("False", "ServicePortError", $"{named} is not listening on port {remote.Port}");
        var name = port.Text("name") ?? "";
        var own = slices.Where(s => s.Map("metadata")?.Map("labels")?.Text("kubernetes.io/service-name") == remote.Service).ToList();
        if (own.Count == 0) return Condition("False", "EndpointsNotFound", $"cannot find endpointslices for {named}");
        return own.Any(s => (s.List("ports") ?? []).Maps().Any(p => (p.Text("name") ?? "") == name) && (s.List("endpoints") ?? []).Maps().Any(e => e.Map("conditions")?.Bool("ready") != false))
            ? null
            : Condition("False", "MissingEndpoints", $"endpointslices for {named} have no addresses with port name \"{name}\"");
    }

    public static JsonMap Failed(string why) => Condition("False", "FailedDiscoveryCheck", why);

    /// <summary>The conditions afterwards, or null where they say so already. A time changes with the status alone.</summary>
    public static JsonList? Told(JsonMap registered, JsonMap condition, string now)
    {
        var before = registered.Map("status")?.List("conditions") ?? [];
        var known = before.Maps().FirstOrDefault(c => c.Text("type") == "Available");
        if (known is not null && condition.All(m => m.Value.SameAs(known[m.Key]))) return null;
        var told = condition.CloneMap();
        told.Set("lastTransitionTime", known is not null && known.Text("status") == condition.Text("status") ? known.Text("lastTransitionTime") ?? now : now);
        return new JsonList([.. before.Maps().Where(c => c != known).Select(c => c.Clone()), told]);
    }

    private static JsonMap Condition(string status, string reason, string message) =>
        new() { { "type", "Available" }, { "status", status }, { "reason", reason }, { "message", message } };
}

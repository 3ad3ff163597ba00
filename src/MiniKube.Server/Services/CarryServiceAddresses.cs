using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>An update that leaves out what was allocated keeps it: people apply manifests that never named an address.</summary>
internal sealed class CarryServiceAddresses : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request.Is("", "services") && request is { Operation: AdmissionOperation.Update, Subresource: "", Object: { } service, Old: { } old })
            Carry(service.MapOrNew("spec"), old.Map("spec") ?? []);
        return ValueTask.FromResult<ApiError?>(null);
    }

    private static void Carry(JsonMap spec, JsonMap old)
    {
        var type = spec.Text("type") ?? "ClusterIP";
        if (type != "ExternalName" && old.Text("type") != "ExternalName")
        {
            if (string.IsNullOrEmpty(spec.Text("clusterIP")) && old["clusterIP"] is { } address) spec.Set("clusterIP", address);
            if (spec.List("clusterIPs") is null or { Count: 0 } && spec.Text("clusterIP") == old.Text("clusterIP")) spec["clusterIPs"] = old["clusterIPs"]?.Clone();
            if (spec.List("ipFamilies") is null or { Count: 0 }) spec["ipFamilies"] = old["ipFamilies"]?.Clone();
            if (!spec.Has("ipFamilyPolicy")) spec["ipFamilyPolicy"] = old["ipFamilyPolicy"];
        }
        var before = (old.List("ports") ?? []).Maps().ToList();
        var after = (spec.List("ports") ?? []).Maps().ToList();
        if (type is "NodePort" or "LoadBalancer")
        {
            foreach (var port in after.Where(p => p.Whole("nodePort") is null or 0))
            {
                var twin = before.FirstOrDefault(b => b.Whole("port") == port.Whole("port") && b.Text("protocol") == port.Text("protocol"));
                if (twin?.Whole("nodePort") is > 0 and var kept && !after.Any(a => a.Whole("nodePort") == kept)) port.Set("nodePort", kept);
            }
            if (!spec.Has("healthCheckNodePort")) spec["healthCheckNodePort"] = old["healthCheckNodePort"];
        }
        else if (old.Text("type") is "NodePort" or "LoadBalancer")
        {
            // Going back to ClusterIP with the old numbers still in the manifest means letting go of them.
            foreach (var port in after)
                if (before.Any(b => b.Whole("nodePort") == port.Whole("nodePort"))) port.Remove("nodePort");
        }
    }
}

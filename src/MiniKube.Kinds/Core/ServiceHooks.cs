using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Services, but for addresses and node ports: those need the server's books.</summary>
internal static class ServiceHooks
{
    public static readonly KindHooks All = new()
    {
        Default = Default,
        PrepareCreate = service => NormalizeClusterIPs(service, null),
        PrepareUpdate = PrepareUpdate,
        Validate = ServiceValidation.Check,
        ValidateUpdate = ServiceValidation.CheckUpdate,
        Warn = ServiceValidation.Warn,
        NameRule = NameRules.DnsLabel,
        ReturnsDeleted = true,
    };

    private static void Default(JsonMap service)
    {
        var spec = service.MapOrNew("spec");
        if (spec.Text("sessionAffinity") == "ClientIP")
        {
            var client = spec.MapOrNew("sessionAffinityConfig").MapOrNew("clientIP");
            if (!client.Has("timeoutSeconds")) client.Set("timeoutSeconds", 10800);
        }
        else
        {
            spec.Remove("sessionAffinityConfig");
        }
        foreach (var port in (spec.List("ports") ?? []).Maps())
            if ((port["targetPort"] is null or JsonNumber { Real: 0 } or JsonText { Value: "" }) && port["port"] is { } number) port.Set("targetPort", number);
        var type = spec.Text("type");
        if (type is "NodePort" or "LoadBalancer" && !spec.Has("externalTrafficPolicy")) spec.Set("externalTrafficPolicy", "Cluster");
        if (type is "NodePort" or "LoadBalancer" or "ClusterIP" && !spec.Has("internalTrafficPolicy")) spec.Set("internalTrafficPolicy", "Cluster");
        if (type == "LoadBalancer" && !spec.Has("allocateLoadBalancerNodePorts")) spec.Set("allocateLoadBalancerNodePorts", true);
    }

    /// <summary>clusterIP is the first of clusterIPs; whoever sets only one of them means both.</summary>
    private static void NormalizeClusterIPs(JsonMap service, JsonMap? old)
    {
        var spec = service.MapOrNew("spec");
        var (ip, ips) = (spec.Text("clusterIP") ?? "", spec.List("clusterIPs"));
        if (old is null)
        {
            if (ip.Length > 0 && ips is null) spec.Set("clusterIPs", JsonList.OfTexts([ip]));
            return;
        }
        var was = old.Map("spec") ?? [];
        var (oldIp, oldIps) = (was.Text("clusterIP") ?? "", was.List("clusterIPs"));
        var sameList = ips is null ? oldIps is null : ips.SameAs(oldIps);
        if (ip == oldIp || !sameList) return;
        if (ip.Length == 0) spec.Remove("clusterIPs");
        else spec.Set("clusterIPs", JsonList.OfTexts([ip, .. (ips ?? []).Texts().Skip(1)]));
    }

    /// <summary>What the server allocated stays when an update leaves it out, and goes when the type no longer has it.</summary>
    private static void PrepareUpdate(JsonMap service, JsonMap old)
    {
        var (spec, was) = (service.MapOrNew("spec"), old.Map("spec") ?? []);
        if (spec.Text("type") is not "ExternalName" && was.Text("type") is not "ExternalName")
        {
            if (!spec.Has("clusterIP") && !spec.Has("clusterIPs"))
            {
                spec["clusterIP"] = was["clusterIP"];
                spec["clusterIPs"] = was["clusterIPs"];
            }
            foreach (var field in (ReadOnlySpan<string>)["ipFamilies", "ipFamilyPolicy"])
                if (!spec.Has(field)) spec[field] = was[field];
        }
        NormalizeClusterIPs(service, old);
        if (spec.Text("type") is "NodePort" or "LoadBalancer")
        {
            KeepNodePorts(spec, was);
            if (NeedsHealthCheck(spec) && NeedsHealthCheck(was) && !spec.Has("healthCheckNodePort")) spec["healthCheckNodePort"] = was["healthCheckNodePort"];
        }
        if (was.Text("type") == spec.Text("type")) return;
        if (spec.Text("type") == "ExternalName" && Same(spec, was, "clusterIPs"))
            foreach (var field in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) spec.Remove(field);
        if (spec.Text("type") is not ("NodePort" or "LoadBalancer"))
        {
            foreach (var (port, before) in (spec.List("ports") ?? []).Maps().Zip((was.List("ports") ?? []).Maps()))
                if (port["nodePort"]?.SameAs(before["nodePort"]) == true) port.Remove("nodePort");
            if (Same(spec, was, "externalTrafficPolicy")) spec.Remove("externalTrafficPolicy");
        }
        if (was.Text("type") == "LoadBalancer")
            foreach (var field in (ReadOnlySpan<string>)["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"])
                if (Same(spec, was, field)) spec.Remove(field);
    }

    private static void KeepNodePorts(JsonMap spec, JsonMap was)
    {
        foreach (var port in (spec.List("ports") ?? []).Maps())
        {
            if (port.Has("nodePort")) continue;
            var before = (was.List("ports") ?? []).Maps().FirstOrDefault(p => p.Whole("port") == port.Whole("port") && p.Text("protocol") == port.Text("protocol"));
            if (before?["nodePort"] is { } number) port.Set("nodePort", number);
        }
    }

    private static bool Same(JsonMap now, JsonMap was, string field) => was[field] is { } value && value.SameAs(now[field]);

    internal static bool NeedsHealthCheck(JsonMap spec) => spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";
}

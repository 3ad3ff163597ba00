using System.Net.Sockets;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class ServiceValidation
{
    private static readonly string[] Types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

    public static void Check(JsonMap service, List<FieldError> errors)
    {
        var root = Spot.Root(service, errors);
        var spec = root["spec"];
        var (type, ports, ips) = (spec["type"], spec["ports"], spec["clusterIPs"]);
        var headless = ips.Texts.FirstOrDefault() == "None" || spec["clusterIP"].Text == "None";
        if (ports.List.Count == 0 && !headless && type.Text != "ExternalName") ports.Required();
        if (headless && type.Text is "LoadBalancer" or "NodePort")
            ips.Items().First().Invalid($"may not be set to 'None' for {type.Text} services");
        if (type.Text == "ExternalName") ExternalName(spec);
        Ports(ports);
        ObjectMetaRules.Labels(spec["selector"].Value as JsonMap, spec["selector"].Path, errors);
        SessionAffinity(spec);
        ClusterIPs(spec);
        foreach (var ip in spec["externalIPs"].Items())
        {
            if (!ValueRules.TryIp(ip.Text, out _)) ip.Follows(ValueRules.Ip);
            else EndpointRules.NotSpecial(ip);
        }
        if (type.IsBlank) type.Required();
        else if (!Types.Contains(type.Text)) type.NotSupported(Types);
        if (type.Text == "ClusterIP")
            foreach (var port in ports.Items())
                if (port["nodePort"].Whole is not (null or 0)) port["nodePort"].Forbidden("may not be used when `type` is 'ClusterIP'");
        Duplicates(ports);
        SourceRanges(root, spec);
        if (type.Text != "LoadBalancer" && spec["allocateLoadBalancerNodePorts"].IsSet)
            spec["allocateLoadBalancerNodePorts"].Forbidden("may only be used when `type` is 'LoadBalancer'");
        LoadBalancerClass(spec, null);
        Traffic(spec);
    }

    public static void CheckUpdate(JsonMap service, JsonMap old, List<FieldError> errors)
    {
        var spec = Spot.Root(service, errors)["spec"];
        var was = old.Map("spec") ?? [];
        if (spec["type"].Text == "ExternalName" || was.Text("type") == "ExternalName") return;
        FirstStays(spec["clusterIPs"], was.List("clusterIPs"), "may not change once set", "primary clusterIP can not be unset");
        FirstStays(spec["ipFamilies"], was.List("ipFamilies"), "may not change once set", "primary ipFamily can not be unset");
        if (was.Text("type") == "LoadBalancer" && spec["type"].Text == "LoadBalancer" && was.Has("loadBalancerClass"))
            LoadBalancerClass(spec, was);
    }

    private static void FirstStays(Spot now, JsonList? before, string changed, string unset)
    {
        if (before is not { Count: > 0 }) return;
        if (now.List.Count == 0) now.Items().FirstOrDefault(now.Under(now.Path + "[0]")).Invalid(now.Value ?? Json.Null, unset);
        else if (!now.List[0].SameAs(before[0])) now.Items().First().Under(now.Path + "[0]").Invalid(now.Value!, changed);
    }

    private static void ExternalName(Spot spec)
    {
        foreach (var field in (ReadOnlySpan<string>)["clusterIPs", "ipFamilies", "ipFamilyPolicy"])
            if (spec[field].IsSet) spec[field].Forbidden("may not be set for ExternalName services");
        var name = spec["externalName"];
        if (name.Text.TrimEnd('.').Length == 0) name.Required();
        else foreach (var fault in NameRules.DnsSubdomain(name.Text.TrimEnd('.'))) name.Invalid(name.Text.TrimEnd('.'), fault);
    }

    private static void Ports(Spot ports)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var port in ports.Items())
        {
            var name = port["name"];
            if (name.IsBlank)
            {
                if (ports.List.Count > 1) name.Required();
            }
            else
            {
                name.Follows(NameRules.DnsLabel);
                if (!names.Add(name.Text)) name.Duplicate();
            }
            ValueRules.Port(port["port"]);
            port["protocol"].OneOf("SCTP", "TCP", "UDP");
            ValueRules.PortNumberOrName(port["targetPort"]);
            if (port["appProtocol"].IsSet) port["appProtocol"].Follows(LabelRules.Key);
        }
    }

    private static void Duplicates(Spot ports)
    {
        var (nodePorts, numbers) = (new HashSet<string>(), new HashSet<string>());
        foreach (var port in ports.Items())
            if (port["nodePort"].Whole is { } number and not 0 && !nodePorts.Add($"{port["protocol"].Text}/{number}")) port["nodePort"].Duplicate();
        foreach (var port in ports.Items())
        {
            if (numbers.Add($"{port["protocol"].Text}/{port["port"].Whole}")) continue;
            port.Duplicate(new JsonMap
            {
                { "Name", "" }, { "Protocol", port["protocol"].Text }, { "AppProtocol", Json.Null }, { "Port", port["port"].Value ?? 0 },
                { "TargetPort", 0 }, { "NodePort", 0 },
            });
        }
    }

    private static void SessionAffinity(Spot spec)
    {
        var (affinity, config) = (spec["sessionAffinity"], spec["sessionAffinityConfig"]);
        affinity.OneOf("ClientIP", "None");
        if (affinity.Text == "ClientIP")
        {
            var timeout = config["clientIP"]["timeoutSeconds"];
            if (!timeout.IsSet) timeout.Required("when session affinity type is ClientIP");
            else if (timeout.Whole is <= 0 or > 86400) timeout.Invalid("must be greater than 0 and less than 86400");
        }
        else if (affinity.Text == "None" && config.IsSet)
        {
            config.Forbidden("must not be set when session affinity is None");
        }
    }

    private static void ClusterIPs(Spot spec)
    {
        if (spec["type"].Text == "ExternalName") return;
        var (ips, families, policy) = (spec["clusterIPs"], spec["ipFamilies"], spec["ipFamilyPolicy"]);
        var first = spec["clusterIP"];
        if (!first.IsBlank && ips.List.Count == 0) ips.Required("must be set when clusterIP is set");
        if (first.IsBlank && ips.List.Count > 0) first.Invalid(first.Text, "must be empty when `clusterIPs` is not specified");
        else if (ips.List.Count > 0 && ips.Texts.First() != first.Text) ips.Items().First().Invalid("first value must match `clusterIP`");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var family in families.Items())
        {
            if (family.Text is not ("IPv4" or "IPv6")) family.NotSupported("IPv4", "IPv6");
            if (!seen.Add(family.Text)) family.Duplicate();
        }
        if (policy.IsSet)
        {
            policy.OneOfIfSet("PreferDualStack", "RequireDualStack", "SingleStack");
            if (policy.Text == "SingleStack" && ips.List.Count == 2)
                ips.Invalid($"ipFamilyPolicy: may be RequireDualStack or PreferDualStack when multiple clusterIPs are specified");
        }
        var headless = ips.Texts.FirstOrDefault() == "None";
        foreach (var ip in ips.Items())
        {
            if (ip.Text == "None")
            {
                if (ips.List.Count > 1) ip.Invalid("'None' must be the first and only value");
                continue;
            }
            ip.Follows(ValueRules.Ip);
        }
        if (ips.List.Count > 2) ips.Invalid("may only hold up to 2 values");
        if (headless) return;
        foreach (var (ip, family) in ips.Items().Zip(families.Texts))
        {
            if (!ValueRules.TryIp(ip.Text, out var address)) continue;
            if (address.AddressFamily == (family == "IPv4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6)) continue;
            ip.Invalid($"expected an {family} value as indicated by `ipFamilies[{ip.Path[^2]}]`");
        }
    }

    private static void SourceRanges(Spot root, Spot spec)
    {
        const string annotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
        var ranges = spec["loadBalancerSourceRanges"].Under(spec.Path + ".LoadBalancerSourceRanges");
        var noted = root["metadata"]["annotations"].At(annotation);
        if (ranges.List.Count > 0)
        {
            if (spec["type"].Text != "LoadBalancer") ranges.Forbidden("may only be used when `type` is 'LoadBalancer'");
            foreach (var range in ranges.Items())
                foreach (var fault in ValueRules.Cidr(range.Text.Trim())) range.Invalid(range.Text.Trim(), fault);
        }
        else if (noted.IsSet)
        {
            if (spec["type"].Text != "LoadBalancer") noted.Forbidden("may only be used when `type` is 'LoadBalancer'");
            foreach (var range in noted.Text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
                foreach (var fault in ValueRules.Cidr(range.Trim())) noted.Invalid(range.Trim(), fault);
        }
    }

    private static void LoadBalancerClass(Spot spec, JsonMap? was)
    {
        var name = spec["loadBalancerClass"];
        if (was is not null)
        {
            name.SameAs(was["loadBalancerClass"]);
            return;
        }
        if (!name.IsSet) return;
        if (spec["type"].Text != "LoadBalancer") name.Forbidden("may only be used when `type` is 'LoadBalancer'");
        else name.Follows(LabelRules.Key);
    }

    private static void Traffic(Spot spec)
    {
        var (external, check, inside, spread) =
            (spec["externalTrafficPolicy"], spec["healthCheckNodePort"], spec["internalTrafficPolicy"], spec["trafficDistribution"]);
        var type = spec["type"].Text;
        var accessible = type is "LoadBalancer" or "NodePort" || (type == "ClusterIP" && spec["externalIPs"].List.Count > 0);
        if (!accessible)
        {
            if (!external.IsBlank) external.Invalid("may only be set for externally-accessible services");
        }
        else if (type != "ClusterIP" || !external.IsBlank)
        {
            external.OneOf("Cluster", "Local");
        }
        if (!ServiceHooks.NeedsHealthCheck(spec.Map))
        {
            if (check.Whole is not (null or 0))
                check.Invalid("may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
        }
        else if (check.Whole is not (null or 0))
        {
            ValueRules.Port(check);
        }
        if (type is "NodePort" or "LoadBalancer" or "ClusterIP" && !inside.IsSet) inside.Required();
        inside.OneOfIfSet("Cluster", "Local");
        spread.OneOfIfSet("PreferClose", "PreferSameNode", "PreferSameZone");
    }

    public static void Warn(JsonMap service, List<string> warnings)
    {
        var spec = service.Map("spec") ?? [];
        if (spec.Text("clusterIP") != "None") return;
        if (spec.Has("loadBalancerIP")) warnings.Add("spec.loadBalancerIP is ignored for headless services");
        if (spec.Has("externalIPs")) warnings.Add("spec.externalIPs is ignored for headless services");
        if (spec.Text("sessionAffinity") is not (null or "None")) warnings.Add("spec.SessionAffinity is ignored for headless services");
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>A pod spec, in a pod or in a template, in upstream's order of complaints.</summary>
public static class PodSpecValidation
{
    public static void Check(Spot spec, bool isPod, string podName = "")
    {
        if (!spec["terminationGracePeriodSeconds"].IsSet) spec["terminationGracePeriodSeconds"].Required();
        var volumes = VolumeValidation.All(spec["volumes"], podName);
        var claims = Claims(spec["resourceClaims"]);
        var pod = new PodSurroundings(volumes, claims, spec["restartPolicy"].Text, spec["hostUsers"].Bool ?? true,
            spec["terminationGracePeriodSeconds"].Whole, spec["os"].IsSet ? spec["os"]["name"].Text : null);
        ContainerValidation.Containers(spec["containers"], pod);
        ContainerValidation.InitContainers(spec["initContainers"], spec["containers"], pod);
        ContainerValidation.EphemeralContainers(spec["ephemeralContainers"], spec["containers"], spec["initContainers"], pod);
        PodResources(spec["resources"], spec, claims);
        HostNetworkPorts(spec, isPod);
        Choice(spec["restartPolicy"], "Always", "OnFailure", "Never");
        Choice(spec["dnsPolicy"], "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        ObjectMetaRules.Labels(spec["nodeSelector"].Value as JsonMap, spec["nodeSelector"].Path, spec.Errors);
        SecurityContextValidation.OfPod(spec["securityContext"], spec);
        AffinityValidation.Affinity(spec["affinity"]);
        Dns(spec["dnsConfig"], spec["dnsPolicy"].Text);
        foreach (var gate in spec["readinessGates"].Items()) SelectorRules.LabelKey(gate["conditionType"]);
        SchedulingGates(spec["schedulingGates"]);
        AffinityValidation.Spread(spec["topologySpreadConstraints"]);
        HostUsers(spec);
        if (!spec["serviceAccountName"].IsBlank) spec["serviceAccountName"].Follows(NameRules.DnsSubdomain);
        if (!spec["nodeName"].IsBlank) spec["nodeName"].Follows(NameRules.DnsSubdomain);
        spec["activeDeadlineSeconds"].Within(1, int.MaxValue);
        if (!spec["hostname"].IsBlank) spec["hostname"].Follows(NameRules.DnsLabel);
        if (!spec["subdomain"].IsBlank) spec["subdomain"].Follows(NameRules.DnsLabel);
        if (spec["hostnameOverride"].IsSet) HostnameOverride(spec);
        AffinityValidation.Tolerations(spec["tolerations"]);
        foreach (var alias in spec["hostAliases"].Items())
        {
            if (!ValueRules.TryIp(alias["ip"].Text, out _)) alias["ip"].Invalid(alias["ip"].Text, ValueRules.Ip("").First());
            foreach (var name in alias["hostnames"].Items()) name.Follows(NameRules.DnsSubdomain);
        }
        if (!spec["priorityClassName"].IsBlank) spec["priorityClassName"].Follows(NameRules.DnsSubdomain);
        if (spec["runtimeClassName"].IsSet) spec["runtimeClassName"].Follows(NameRules.DnsSubdomain);
        spec["preemptionPolicy"].OneOfIfSet("PreemptLowerPriority", "Never");
        if (spec["overhead"].IsSet) Overhead(spec["overhead"]);
        OperatingSystem(spec);
    }

    public static void Overhead(Spot overhead)
    {
        foreach (var (name, amount) in overhead.Entries())
        {
            var at = amount.Under($"{overhead.Path}.limits[{name}]");
            ResourceValidation.ContainerName(name, at);
            ResourceValidation.Amount(name, at);
        }
    }

    /// <summary>It is the whole name, and the node's own where the pod has no name of its own.</summary>
    private static void HostnameOverride(Spot spec)
    {
        const int longest = 64;
        var name = spec["hostnameOverride"];
        if (spec["setHostnameAsFQDN"].Bool == true) spec["setHostnameAsFQDN"].Forbidden("may not be specified when `hostnameOverride` is specified");
        if (spec["hostNetwork"].Bool == true) spec["hostNetwork"].Forbidden("may not be specified when `hostnameOverride` is specified");
        name.Follows(NameRules.DnsSubdomain);
        if (name.Text.Length > longest) name.TooLong(longest);
    }

    private static void Choice(Spot at, params string[] values) => at.OneOf(values);

    private static string[] Claims(Spot claims)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var claim in claims.Items())
        {
            var name = claim["name"];
            if (name.IsBlank) name.Required();
            else if (!seen.Add(name.Text)) name.Duplicate();
            else name.Follows(NameRules.DnsLabel);
            var (direct, template) = (claim["resourceClaimName"], claim["resourceClaimTemplateName"]);
            if (direct.IsSet && template.IsSet) claim.Invalid("at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
            if (!direct.IsSet && !template.IsSet) claim.Invalid("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
            if (direct.IsSet) direct.Follows(NameRules.DnsSubdomain);
            if (template.IsSet) template.Follows(NameRules.DnsSubdomain);
        }
        return [.. seen];
    }

    private static void PodResources(Spot resources, Spot spec, string[] claims)
    {
        if (!resources.IsSet) return;
        if (resources["claims"].IsSet) resources["claims"].Forbidden("claims cannot be set for Resources at pod-level");
        ResourceValidation.Requirements(resources, claims, (name, at) =>
        {
            ResourceValidation.Name(name, at);
            if (name is not ("cpu" or "memory") && !ResourceValidation.IsHugePages(name)) at.Under(at.Path).NotSupported("cpu", "hugepages-", "memory");
        });
        foreach (var name in spec["containers"].List.Maps().SelectMany(c => c.Map("resources")?.Map("requests")?.Keys ?? []).Distinct().Order(StringComparer.Ordinal))
        {
            var total = spec["containers"].List.Maps().Select(c => Quantity.Parse(c.Dig("resources", "requests", name))).Aggregate((a, b) => a + b);
            var have = resources["requests"].At(name);
            if (total > have.Quantity && have.IsSet)
                have.Invalid($"must be greater than or equal to aggregate container requests of {total}");
        }
        foreach (var container in spec["containers"].Items())
        {
            foreach (var (name, limit) in container["resources"]["limits"].Entries())
            {
                var most = resources["limits"].At(name);
                if (most.IsSet && limit.Quantity > most.Quantity)
                    limit.Under($"{resources.Path}.containers[{container.Path[(container.Path.LastIndexOf('[') + 1)..^1]}][{name}].limits")
                        .Invalid($"must be less than or equal to pod limits of {most.Text}");
            }
        }
    }

    private static void HostNetworkPorts(Spot spec, bool isPod)
    {
        if (spec["hostNetwork"].Bool != true) return;
        foreach (var port in spec["containers"].Items().SelectMany(c => c["ports"].Items()))
        {
            var (host, container) = (port["hostPort"].Whole ?? 0, port["containerPort"].Whole ?? 0);
            if ((isPod || host != 0) && host != container)
                port["hostPort"].Invalid(host, "must match `containerPort` when `hostNetwork` is true");
        }
    }

    private static void Dns(Spot config, string policy)
    {
        if (policy == "None")
        {
            if (!config.IsSet)
            {
                config.Required("must provide `dnsConfig` when `dnsPolicy` is None");
                return;
            }
            if (config["nameservers"].List.Count == 0)
            {
                config["nameservers"].Required("must provide at least one DNS nameserver when `dnsPolicy` is None");
                return;
            }
        }
        if (!config.IsSet) return;
        var (servers, searches) = (config["nameservers"], config["searches"]);
        if (servers.List.Count > 3) servers.Invalid("must not have more than 3 nameservers");
        foreach (var server in servers.Items()) server.Follows(ValueRules.Ip);
        if (searches.List.Count > 32) searches.Invalid("must not have more than 32 search paths");
        if (string.Join(' ', searches.Texts).Length > 2048)
            searches.Invalid("must not have more than 2048 characters (including spaces) in the search list");
        foreach (var search in searches.Items())
        {
            if (search.Text == ".") continue;
            foreach (var fault in NameRules.DnsSubdomain(search.Text.TrimEnd('.').Replace('_', 'a'))) search.Invalid(search.Text.TrimEnd('.'), fault);
        }
        foreach (var option in config["options"].Items())
            if (option["name"].IsBlank) option.Required("must not be empty");
    }

    private static void SchedulingGates(Spot gates)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var gate in gates.Items())
        {
            var name = gate["name"].Text;
            foreach (var fault in LabelRules.Key(name)) gate.Invalid(name, fault);
            if (!seen.Add(name)) gate.Duplicate(name);
        }
    }

    private static void HostUsers(Spot spec)
    {
        if (spec["hostUsers"].Bool != false) return;
        if (spec["hostNetwork"].Bool == true) spec["hostNetwork"].Forbidden("when `hostUsers` is false");
        if (spec["hostPID"].Bool == true) spec["hostPID"].Forbidden("when `hostUsers` is false");
        if (spec["hostIPC"].Bool == true) spec["hostIPC"].Forbidden("when `hostUsers` is false");
        foreach (var container in spec["initContainers"].Items().Concat(spec["containers"].Items()).Concat(spec["ephemeralContainers"].Items()))
            if (container["volumeDevices"].List.Count > 0) container["volumeDevices"].Forbidden("when `hostUsers` is false");
    }

    private static void OperatingSystem(Spot spec)
    {
        if (!spec["os"].IsSet) return;
        var name = spec["os"]["name"];
        name.OneOf("linux", "windows");
        var contexts = spec["containers"].Items().Concat(spec["initContainers"].Items()).Concat(spec["ephemeralContainers"].Items())
            .Select(c => c["securityContext"]).Prepend(spec["securityContext"]);
        if (name.Text == "linux")
        {
            foreach (var context in contexts)
                if (context["windowsOptions"].IsSet) context["windowsOptions"].Forbidden("windows options cannot be set for a linux pod");
        }
        else if (name.Text == "windows")
        {
            foreach (var field in (ReadOnlySpan<string>)["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"])
                if (spec[field].IsSet) spec[field].Forbidden("cannot be set for a windows pod");
            foreach (var context in contexts)
            {
                foreach (var (field, value) in context.Map)
                    if (field is not ("windowsOptions" or "runAsNonRoot")) context[field].Forbidden("cannot be set for a windows pod");
            }
        }
    }
}

using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl expose: a service for what there is.</summary>
internal static class ExposeVerb
{
    public static readonly Verb Verb = new("expose", "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service", "kubectl expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type] [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.DryRun, CommonFlags.SaveConfig, CommonFlags.FieldManager("kubectl-expose"),
            FlagSpec.Text("port", "The service's port"), FlagSpec.Text("target-port", "The pods' port"), FlagSpec.Text("protocol", "TCP, UDP or SCTP"), FlagSpec.Text("name", "The service's name"), FlagSpec.Text("type", "ClusterIP, NodePort, LoadBalancer or ExternalName"),
            FlagSpec.Text("selector", "Its selector; equality only"), FlagSpec.Text("labels", "Its labels", 'l'), FlagSpec.Text("cluster-ip", "Its address, or None"), FlagSpec.Text("external-ip", "Another address"),
            FlagSpec.Text("load-balancer-ip", "The load balancer's address"), FlagSpec.Text("session-affinity", "None or ClientIP"), FlagSpec.Text("overrides", "JSON that is merged into the service"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var services = new ApiResource("", "v1", "services", "service", "Service", true);
        foreach (var subject in await Subjects.Live(call, call.Arguments))
        {
            var service = Service(call, subject);
            if (call.Switch("save-config")) LastApplied.Set(service);
            if (call.DryRun != DryRun.Client) service = await call.Api.Post(services.Path(call.Namespace) + call.WriteQuery(), service);
            ObjectPrinter.Tell(call, new Subject(services, call.Namespace, service.Name()), service, "exposed");
        }
        return 0;
    }

    private static JsonMap Service(Call call, Subject subject)
    {
        var selector = call.Text("selector") is { Length: > 0 } said ? CreateVerb.Pairs(said.Split(','), "selector") : SelectorOf(subject);
        var spec = new JsonMap { { "ports", Ports(call, subject) }, { "selector", selector } };
        foreach (var (flag, field) in (ReadOnlySpan<(string, string)>)[("type", "type"), ("cluster-ip", "clusterIP"), ("load-balancer-ip", "loadBalancerIP"), ("session-affinity", "sessionAffinity")])
            if (call.Text(flag) is { Length: > 0 } value) spec.Set(field, value);
        if (call.Text("external-ip") is { Length: > 0 } external) spec.Set("externalIPs", JsonList.Of(external));
        var service = CreateVerb.Object("v1", "Service", call.Text("name") is { Length: > 0 } name ? name : subject.Name.Length > 63 ? subject.Name[..63] : subject.Name);
        var labels = call.Text("labels") is { Length: > 0 } own ? CreateVerb.Pairs(own.Split(','), "label") : subject.Object.Meta().Map("labels")?.CloneMap();
        if (labels is { Count: > 0 }) service.Map("metadata")!.Set("labels", labels);
        if (call.DryRun != DryRun.Client || call.Access.NamespaceGiven) service.Map("metadata")!.Set("namespace", call.Namespace);
        service.Set("spec", spec);
        service.Set("status", new JsonMap { { "loadBalancer", new JsonMap() } });
        if (call.Text("overrides") is { Length: > 0 } overrides) MergePatch.Apply(service, YamlReader.Read(overrides) as JsonMap ?? throw new Failure("--overrides must be an object"));
        return service;
    }

    private static JsonMap SelectorOf(Subject subject)
    {
        var (kind, spec) = (subject.Type.Kind, subject.Object.Spec());
        switch (kind)
        {
            case "Pod":
                return subject.Object.Meta().Map("labels") is { Count: > 0 } labels ? labels.CloneMap() : throw new Failure("couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed");
            case "Service" or "ReplicationController":
                return spec.Map("selector") is { Count: > 0 } plain ? plain.CloneMap() : throw new Failure($"couldn't retrieve selectors via --selector flag or introspection: the {kind.ToLowerInvariant()} has no pod selector set");
            case "Deployment" or "ReplicaSet":
                if (spec.Map("selector")?.Maps("matchExpressions").Any() == true) throw new Failure("couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - \"matchExpressions\" to map-based selector format");
                return spec.Map("selector")?.Map("matchLabels")?.CloneMap() ?? [];
            default:
                throw new Failure($"cannot expose a {kind}");
        }
    }

    private static JsonList Ports(Call call, Subject subject)
    {
        var (text, target) = (call.Text("port"), call.Text("target-port"));
        var declared = subject.Type.Kind == "Service"
            ? subject.Object.Spec().Maps("ports").Select(p => (Number: p.Whole("port"), Protocol: p.Text("protocol") ?? "TCP"))
            : (subject.Type.Kind == "Pod" ? subject.Object.Spec() : subject.Object.Spec().Map("template")?.Spec() ?? []).Maps("containers").SelectMany(c => c.Maps("ports")).Select(p => (Number: p.Whole("containerPort"), Protocol: p.Text("protocol") ?? "TCP"));
        var all = declared.Where(d => d.Number is not null).ToDictionary(d => d.Number!.Value, d => d.Protocol);
        var numbers = text.Length > 0 ? [.. text.Split(',')] : all.Keys.Select(k => k.ToString(CultureInfo.InvariantCulture)).ToList();
        if (numbers.Count == 0) throw new Failure("couldn't find port via --port flag or introspection");
        var ports = new JsonList();
        foreach (var number in numbers)
        {
            if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port)) throw new Failure($"strconv.Atoi: parsing \"{number}\": invalid syntax");
            var one = new JsonMap();
            if (numbers.Count > 1) one.Set("name", $"port-{ports.Count + 1}");
            one.Set("port", port);
            one.Set("protocol", call.Text("protocol") is { Length: > 0 } named ? named : all.GetValueOrDefault(port, "TCP"));
            one.Set("targetPort", target.Length == 0 ? port : long.TryParse(target, NumberStyles.None, CultureInfo.InvariantCulture, out var to) ? to : target);
            ports.Add(one);
        }
        return ports;
    }
}

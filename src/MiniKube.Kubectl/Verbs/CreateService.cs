using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create service: one subcommand per type.</summary>
internal static class CreateService
{
    public static readonly Verb Verb = new("service", "Create a service using a specified subcommand", "kubectl create service [flags] [options]")
    {
        Aliases = ["svc"],
        Verbs = [Of("clusterip", "ClusterIP"), Of("externalname", "ExternalName"), Of("loadbalancer", "LoadBalancer"), Of("nodeport", "NodePort")],
    };

    private static Verb Of(string name, string type) => CreateVerb.Kind(name, $"Create a {type} service", $"kubectl create service {name} NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]", "services",
        [
            FlagSpec.List("tcp", "port or port:targetPort"),
            .. type == "ClusterIP" ? [FlagSpec.Text("clusterip", "An address of one's own, or None for headless")] : (FlagSpec[])[],
            .. type == "ExternalName" ? [FlagSpec.Text("external-name", "The name that the service stands for")] : (FlagSpec[])[],
            .. type == "NodePort" ? [FlagSpec.Number("node-port", "The port on each node")] : (FlagSpec[])[],
        ], (call, own) => Make(call, own, type));

    private static JsonMap Make(Call call, string name, string type)
    {
        var ports = new JsonList(call.Words.All("tcp").Select(t => (Json)Port(call, t, type)));
        var headless = type == "ClusterIP" && call.Text("clusterip") == "None";
        if (ports.Count == 0 && type != "ExternalName" && !headless) throw new Failure("at least one tcp port specifier must be provided");
        if (type == "ExternalName" && call.Text("external-name").Length == 0) throw new Failure("required flag(s) \"external-name\" not set");
        var o = CreateVerb.Object("v1", "Service", name);
        o.Map("metadata")!.Set("labels", new JsonMap { { "app", name } });
        var spec = new JsonMap { { "type", type }, { "selector", new JsonMap { { "app", name } } } };
        if (ports.Count > 0) spec.Set("ports", ports);
        if (type == "ClusterIP" && call.Text("clusterip") is { Length: > 0 } address) spec.Set("clusterIP", address);
        if (type == "ExternalName") spec.Set("externalName", call.Text("external-name"));
        o.Set("spec", spec);
        o.Set("status", new JsonMap { { "loadBalancer", new JsonMap() } });
        return o;
    }

    private static JsonMap Port(Call call, string text, string type)
    {
        var parts = text.Split(':');
        if (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 0 or > 65535) throw new Failure($"invalid port number: {text}");
        Json target = parts.Length == 1 ? number : int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var to) ? to : parts[1];
        var port = new JsonMap { { "name", text.Replace(':', '-') }, { "port", number }, { "protocol", "TCP" }, { "targetPort", target } };
        if (type == "NodePort" && call.Words.Number("node-port") is > 0 and var node) port.Set("nodePort", node);
        return port;
    }
}

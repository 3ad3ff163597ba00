using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create ingress: rules as "host/path=service:port[,tls[=secret]]".</summary>
internal static class CreateIngress
{
    public static readonly Verb Verb = CreateVerb.Kind("ingress", "Create an ingress with the specified name", "kubectl create ingress NAME --rule=host/path=service:port[,tls[=secret]]  [options]", "ingresses",
        [FlagSpec.Many("rule", "host/path=service:port[,tls[=secret]]; a path that ends with * is a prefix"), FlagSpec.Text("class", "The ingress class"), FlagSpec.Text("default-backend", "service:port for what no rule names"), FlagSpec.Many("annotation", "key=value")], Make, "ing");

    private static JsonMap Make(Call call, string name)
    {
        var rules = call.Words.All("rule");
        if (rules.Count == 0 && call.Text("default-backend").Length == 0) throw new Failure("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)");
        var (o, spec) = (CreateVerb.Object("networking.k8s.io/v1", "Ingress", name), new JsonMap());
        if (call.Words.All("annotation") is { Count: > 0 } annotations) o.Map("metadata")!.Set("annotations", CreateVerb.Pairs(annotations, "annotation"));
        if (call.Text("class") is { Length: > 0 } named) spec.Set("ingressClassName", named);
        if (call.Text("default-backend") is { Length: > 0 } backend) spec.Set("defaultBackend", Backend(backend));
        foreach (var rule in rules) Add(spec, rule);
        o.Set("spec", spec);
        o.Set("status", new JsonMap { { "loadBalancer", new JsonMap() } });
        return o;
    }

    private static void Add(JsonMap spec, string rule)
    {
        var parts = rule.Split(',');
        var at = parts[0].IndexOf('=');
        if (at < 0 || !parts[0].Contains('/')) throw new Failure($"rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]");
        var (where, slash) = (parts[0][..at], parts[0].IndexOf('/'));
        var (host, path) = (where[..slash], where[slash..]);
        var prefix = path.EndsWith('*');
        var one = spec.ListOrNew("rules").Maps().FirstOrDefault(r => (r.Text("host") ?? "") == host);
        if (one is null)
        {
            one = [];
            if (host.Length > 0) one.Set("host", host);
            spec.ListOrNew("rules").Add(one);
        }
        one.MapOrNew("http").ListOrNew("paths").Add(new JsonMap { { "backend", Backend(parts[0][(at + 1)..]) }, { "path", prefix ? path[..^1] : path }, { "pathType", prefix ? "Prefix" : "Exact" } });
        foreach (var tls in parts.Skip(1).Where(p => p == "tls" || p.StartsWith("tls=", StringComparison.Ordinal)))
        {
            var entry = new JsonMap { { "hosts", JsonList.OfTexts(host.Length > 0 ? [host] : []) } };
            if (tls.Length > 4) entry.Set("secretName", tls[4..]);
            spec.ListOrNew("tls").Add(entry);
        }
    }

    private static JsonMap Backend(string text)
    {
        var parts = text.Split(':');
        if (parts.Length != 2) throw new Failure($"backend {text} is invalid and should be in format service:port");
        var port = int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new JsonMap { { "number", number } } : new JsonMap { { "name", parts[1] } };
        return new() { { "service", new JsonMap { { "name", parts[0] }, { "port", port } } } };
    }
}

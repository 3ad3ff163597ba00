using System.Globalization;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Kinds.Networking;

namespace MiniKube.Network.Ingress;

/// <summary>All that routes depend on. Ingresses are those of our class, the oldest first: it has a path that two of them want.</summary>
public sealed record RoutesSeen(IReadOnlyList<Kinds.Networking.Ingress> Ingresses, Func<string, string, Service?> Service, Func<string, string, IReadOnlyList<EndpointSlice>> Slices, Func<string, string, Secret?> Secret);

/// <summary>From Ingresses to routes.</summary>
public static class RouteReading
{
    private const string Foreign = "nginx.ingress.kubernetes.io/";
    private const string Own = "minik.io/";

    public static Routes For(RoutesSeen seen)
    {
        var hosts = new Dictionary<string, List<(Route Route, int Order)>>(StringComparer.Ordinal);
        var certificates = new Dictionary<string, HostCertificate>(StringComparer.Ordinal);
        foreach (var ingress in seen.Ingresses)
        {
            foreach (var rule in ingress.Spec?.Rules ?? [])
                foreach (var path in rule.Http?.Paths ?? [])
                    Add(rule.Host, Read(ingress, path, seen), 0);
            if (ingress.Spec?.DefaultBackend is { } backend)
            {
                // What no path of its own hosts takes, and of any other host what nobody takes.
                var otherwise = new Route(NameOf(ingress), PathKind.Prefix, "/", Target(ingress, backend, seen), null);
                foreach (var host in (ingress.Spec.Rules ?? []).Select(r => r.Host).Append("").Distinct()) Add(host, otherwise, 1);
            }
            foreach (var tls in ingress.Spec?.Tls ?? [])
            {
                if (tls.SecretName is not { Length: > 0 } name || seen.Secret(ingress.Metadata.Namespace!, name)?.Data is not { } data) continue;
                if (!data.TryGetValue("tls.crt", out var certificate) || !data.TryGetValue("tls.key", out var key)) continue;
                var known = new HostCertificate($"{ingress.Metadata.Namespace}/{name}", certificate, key);
                foreach (var host in tls.Hosts is { Count: > 0 } some ? some : [.. (ingress.Spec!.Rules ?? []).Select(r => r.Host ?? "").DefaultIfEmpty("")]) certificates.TryAdd(host.ToLowerInvariant(), known);
            }
        }
        return new(hosts.ToDictionary(h => h.Key, h => Ordered(h.Value), StringComparer.Ordinal), certificates);

        void Add(string? host, Route route, int order)
        {
            var name = (host ?? "").ToLowerInvariant();
            if (!hosts.TryGetValue(name, out var routes)) hosts[name] = routes = [];
            routes.Add((route, order));
        }
    }

    /// <summary>The longest path first, among equals the exact one; what is only for the rest comes last. Sorting keeps the older before the younger.</summary>
    private static IReadOnlyList<Route> Ordered(List<(Route Route, int Order)> routes) =>
        [.. routes.OrderBy(r => r.Order).ThenByDescending(r => r.Route.Kind == PathKind.Exact ? r.Route.Path.Length : r.Route.Path.TrimEnd('/').Length).ThenBy(r => r.Route.Kind).Select(r => r.Route)];

    private static Route Read(Kinds.Networking.Ingress ingress, HTTPIngressPath path, RoutesSeen seen)
    {
        var (rewrite, text) = (Note(ingress, "rewrite-target"), path.Path is { Length: > 0 } given ? given : "/");
        var kind = path.PathType switch
        {
            "Exact" => PathKind.Exact,
            _ when (rewrite is not null || Note(ingress, "use-regex") == "true") && text.IndexOfAny(['(', '[', '*', '+', '?', '^', '$', '|', '\\']) >= 0 && IsPattern(text) => PathKind.Regex,
            _ => PathKind.Prefix,
        };
        return new(NameOf(ingress), kind, text, Target(ingress, path.Backend, seen), rewrite);
    }

    private static RouteTarget Target(Kinds.Networking.Ingress ingress, IngressBackend? backend, RoutesSeen seen)
    {
        var ns = ingress.Metadata.Namespace!;
        if (backend?.Service is not { Name: { } name } wanted)
            return RouteTarget.Faulty(ns, backend?.Resource is { } other ? $"ingress {NameOf(ingress)} leads to {other.Kind} {other.Name}, and only services can be led to" : $"ingress {NameOf(ingress)} leads nowhere");
        var at = wanted.Port?.Name is { Length: > 0 } word ? word : (wanted.Port?.Number ?? 0).ToString(CultureInfo.InvariantCulture);
        var text = $"{ns}/{name}:{at}";
        if (seen.Service(ns, name) is not { Spec: { } spec }) return RouteTarget.Faulty(text, $"there is no service {ns}/{name}");
        if ((spec.Ports ?? []).FirstOrDefault(p => wanted.Port?.Name is { Length: > 0 } n ? p.Name == n : p.Port == wanted.Port?.Number) is not { } port)
        {
            // Services that are another name only need not say ports.
            if (spec is not { Type: "ExternalName", Ports: null or { Count: 0 } } || wanted.Port?.Number is not > 0) return RouteTarget.Faulty(text, $"service {ns}/{name} has no port {at}");
            port = new() { Port = wanted.Port.Number };
        }
        var speech = SpeechOf(Note(ingress, "backend-protocol")?.ToUpperInvariant(), port.AppProtocol);
        if (spec.Type == "ExternalName") return new(text, [$"{spec.ExternalName}:{port.Port}"], speech, null);
        IReadOnlyList<string> endpoints = [.. Proxy.Endpoints.Usable(Proxy.Endpoints.Of(seen.Slices(ns, name), port.Name ?? "", "TCP")).Select(e => e.ToString())];
        return new(text, endpoints, speech, endpoints.Count == 0 ? $"service {ns}/{name} has no endpoint that is ready" : null);
    }

    private static Speech SpeechOf(string? note, string? appProtocol) => (note, appProtocol?.ToLowerInvariant()) switch
    {
        ("HTTPS", _) or (null, "https" or "kubernetes.io/wss") => Speech.Https,
        ("GRPC", _) or (null, "kubernetes.io/h2c" or "grpc") => Speech.Http2,
        ("GRPCS", _) => Speech.Http2OverTls,
        _ => Speech.Http,
    };

    private static string? Note(Kinds.Networking.Ingress ingress, string name) =>
        ingress.Metadata.Annotations is { } notes ? notes.GetValueOrDefault(Own + name) ?? notes.GetValueOrDefault(Foreign + name) : null;

    private static string NameOf(Kinds.Networking.Ingress ingress) => $"{ingress.Metadata.Namespace}/{ingress.Metadata.Name}";

    private static bool IsPattern(string text)
    {
        try
        {
            return new System.Text.RegularExpressions.Regex(text, System.Text.RegularExpressions.RegexOptions.NonBacktracking) is not null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}

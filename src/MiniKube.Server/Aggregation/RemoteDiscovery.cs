using System.Security.Cryptography;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Server.Aggregation;

/// <summary>What a server of a group says about itself: its resources, which also show that it is there, and their schemas where it has any.</summary>
internal static class RemoteDiscovery
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly UserInfo Checker = new("system:kube-aggregator", [UserInfo.Masters]);
    private static readonly UserInfo Reader = new("system:aggregator", []);

    /// <summary>Its documents, or why there are none.</summary>
    public static async Task<(RemoteDocuments? Documents, string? Fault)> Ask(ServerContext server, Aggregator aggregator, RemoteGroup to, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        var url = UrlOf(server, to) + to.Path;
        try
        {
            var (status, body) = await aggregator.Ask(server, to, to.Path, "application/json", Checker, limit.Token);
            if (status is < 200 or >= 300) return (null, $"failing or missing response from {url}: bad status from {url}: {status}");
            var v3 = await Optional(server, aggregator, to, "/openapi/v3" + to.Path, limit.Token);
            var v2 = await Optional(server, aggregator, to, "/openapi/v2", limit.Token);
            var digest = Convert.ToHexString(SHA256.HashData([.. body, 0, .. v3 ?? [], 0, .. v2 ?? []]));
            return (new(digest, Resources(to, Read(body)), Read(v3) is { Count: > 0 } ? v3 : null, v2 is null ? null : OfGroup(to, Read(v2))), null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, $"failing or missing response from {url}: Get \"{url}\": context deadline exceeded");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or FormatException or CryptographicException)
        {
            return (null, $"failing or missing response from {url}: Get \"{url}\": {(e.InnerException ?? e).Message}");
        }
    }

    /// <summary>As people know the address: that of the service.</summary>
    private static string UrlOf(ServerContext server, RemoteGroup to)
    {
        var spec = server.Peek("services", to.Namespace, to.Service)?.Map("spec");
        var host = spec?.Text("type") == "ExternalName" ? spec.Text("externalName") : spec?.Text("clusterIP");
        return host is null or "" or "None" ? to.Address : host.Contains(':') ? $"https://[{host}]:{to.Port}" : $"https://{host}:{to.Port}";
    }

    private static async Task<byte[]?> Optional(ServerContext server, Aggregator aggregator, RemoteGroup to, string path, CancellationToken cancel)
    {
        var (status, body) = await aggregator.Ask(server, to, path, "application/json", Reader, cancel);
        return status == 200 ? body : null;
    }

    private static JsonMap Read(byte[]? body)
    {
        try
        {
            return body is null ? [] : JsonReader.Read(body) as JsonMap ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>A list of resources in the form of aggregated discovery.</summary>
    internal static JsonList Resources(RemoteGroup of, JsonMap list)
    {
        var all = (list.List("resources") ?? []).Maps().ToList();
        var made = new JsonList();
        foreach (var resource in all.Where(r => r.Text("name")?.Contains('/') == false))
        {
            var name = resource.Text("name")!;
            var entry = new JsonMap
            {
                { "resource", name }, { "responseKind", KindOf(resource) }, { "scope", resource.Bool("namespaced") == true ? "Namespaced" : "Cluster" },
                { "singularResource", resource.Text("singularName") ?? "" }, { "verbs", resource.List("verbs")?.Clone() ?? new JsonList() },
            };
            foreach (var member in new[] { "shortNames", "categories" })
                if (resource.List(member) is { Count: > 0 } names) entry.Add(member, names.Clone());
            var subresources = new JsonList(all.Where(r => r.Text("name")?.StartsWith(name + "/", StringComparison.Ordinal) == true).Select(s => (Json)new JsonMap
            {
                { "subresource", s.Text("name")![(name.Length + 1)..] }, { "responseKind", KindOf(s) }, { "verbs", s.List("verbs")?.Clone() ?? new JsonList() },
            }));
            if (subresources.Count > 0) entry.Add("subresources", subresources);
            made.Add(entry);
        }
        return made;

        JsonMap KindOf(JsonMap resource) => new()
        {
            { "group", resource.Text("group") is { Length: > 0 } group ? group : of.Group }, { "version", resource.Text("version") is { Length: > 0 } version ? version : of.Version }, { "kind", resource.Text("kind") ?? "" },
        };
    }

    /// <summary>Of a document the paths of one group and version, and the definitions that these lead to.</summary>
    internal static JsonMap? OfGroup(RemoteGroup of, JsonMap document)
    {
        var (paths, definitions, all) = (new JsonMap(), new JsonMap(), document.Map("definitions") ?? []);
        foreach (var (path, item) in document.Map("paths") ?? [])
        {
            if (path.TrimEnd('/') != of.Path && !path.StartsWith(of.Path + "/", StringComparison.Ordinal)) continue;
            paths.Set(path, item.Clone());
            Follow(item);
        }
        foreach (var (name, definition) in all)
            if (((definition as JsonMap)?.List(OpenApi.OpenApiDocuments.KindsOfType) ?? []).Maps().Any(k => k.Text("group") == of.Group && k.Text("version") == of.Version)) Take(name);
        return paths.Count == 0 && definitions.Count == 0 ? null : new JsonMap { { "paths", paths }, { "definitions", definitions } };

        void Take(string name)
        {
            if (definitions.Has(name) || all[name] is not { } definition) return;
            definitions.Set(name, definition.Clone());
            Follow(definition);
        }

        void Follow(Json node)
        {
            const string prefix = "#/definitions/";
            switch (node)
            {
                case JsonMap map:
                    foreach (var (key, value) in map)
                        if (key == "$ref" && value is JsonText { Value: var to } && to.StartsWith(prefix, StringComparison.Ordinal)) Take(to[prefix.Length..]);
                        else Follow(value);
                    break;
                case JsonList list:
                    foreach (var value in list) Follow(value);
                    break;
            }
        }
    }
}

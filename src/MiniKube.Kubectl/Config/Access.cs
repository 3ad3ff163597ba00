using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Which server, as whom, in which namespace: kubeconfig and flags put together.</summary>
internal sealed record Access(Uri Server, string Namespace, bool NamespaceGiven)
{
    public string? Authorities { get; init; }
    public string? ClientCertificate { get; init; }
    public string? ClientKey { get; init; }
    public bool Insecure { get; init; }
    public string? ServerName { get; init; }
    public string? Token { get; init; }
    public string? TokenFile { get; init; }
    public string? Proxy { get; init; }
    public JsonMap? Exec { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public static Access Of(Kubeconfig config, Words words, Surroundings around)
    {
        var contextName = words.Text("context") is { Length: > 0 } named ? named : config.CurrentContext;
        var context = Pick(config.Contexts, contextName, n => new Failure($"context \"{n}\" does not exist"));
        var cluster = Pick(config.Clusters, words.Global("cluster") is { Length: > 0 } c ? c : context.Text("cluster") ?? "", n => new Failure($"cluster \"{n}\" does not exist"));
        var user = Pick(config.Users, words.Global("user") is { Length: > 0 } u ? u : context.Text("user") ?? "", n => new Failure($"auth info \"{n}\" does not exist"));
        var server = words.Text("server") is { Length: > 0 } s ? s : cluster.Text("server") ?? "http://localhost:8080";
        if (!server.Contains("://", StringComparison.Ordinal)) server = "http://" + server;
        if (!Uri.TryCreate(server.TrimEnd('/') + "/", UriKind.Absolute, out var address)) throw new Failure($"parse \"{server}\": invalid server address");
        var ns = words.Text("namespace");
        var insecure = words.Has("insecure-skip-tls-verify") ? words.Switch("insecure-skip-tls-verify") : cluster.Bool("insecure-skip-tls-verify") == true;
        return new(address, ns.Length > 0 ? ns : context.Text("namespace") is { Length: > 0 } own ? own : "default", ns.Length > 0)
        {
            Authorities = insecure ? null : Pem(words.Text("certificate-authority"), cluster, "certificate-authority"),
            ClientCertificate = Pem(words.Text("client-certificate"), user, "client-certificate"),
            ClientKey = Pem(words.Text("client-key"), user, "client-key"),
            Insecure = insecure,
            ServerName = words.Text("tls-server-name") is { Length: > 0 } name ? name : cluster.Text("tls-server-name"),
            Token = words.Text("token") is { Length: > 0 } token ? token : user.Text("token"),
            TokenFile = words.Has("token") ? null : user.Text("tokenFile"),
            Proxy = cluster.Text("proxy-url"),
            Exec = user.Map("exec"),
            Headers = Identity(words, user),
        };
    }

    public X509Certificate2Collection? Trusted()
    {
        if (Authorities is null) return null;
        var all = new X509Certificate2Collection();
        all.ImportFromPem(Authorities);
        return all;
    }

    /// <summary>A key straight from PEM is not one that every handshake can use: through PKCS#12 it is.</summary>
    public X509Certificate2? Client()
    {
        if (ClientCertificate is null || ClientKey is null) return null;
        using var pem = X509Certificate2.CreateFromPem(ClientCertificate, ClientKey);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null);
    }

    private static JsonMap Pick(IReadOnlyDictionary<string, JsonMap> among, string name, Func<string, Failure> missing) =>
        name.Length == 0 ? [] : among.TryGetValue(name, out var found) ? found : throw missing(name);

    private static string? Pem(string file, JsonMap from, string field)
    {
        if (file.Length == 0 && from.Text(field + "-data") is { Length: > 0 } data) return Encoding.UTF8.GetString(Convert.FromBase64String(data));
        var path = file.Length > 0 ? file : from.Text(field);
        return path is { Length: > 0 } ? File.Exists(path) ? File.ReadAllText(path) : throw new Failure($"unable to read {field} {path}: no such file or directory") : null;
    }

    private static List<KeyValuePair<string, string>> Identity(Words words, JsonMap user)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if ((words.Text("as") is { Length: > 0 } name ? name : user.Text("as")) is { Length: > 0 } other) headers.Add(new("Impersonate-User", other));
        var groups = words.All("as-group") is { Count: > 0 } said ? said : [.. (user.List("as-groups") ?? []).Texts()];
        headers.AddRange(groups.Select(g => new KeyValuePair<string, string>("Impersonate-Group", g)));
        if (words.Text("as-uid") is { Length: > 0 } uid) headers.Add(new("Impersonate-Uid", uid));
        if (headers.Count > 0 && headers[0].Key != "Impersonate-User") throw new Failure("requesting groups or uid without impersonating a user: --as is needed");
        var basic = words.Text("username") is { Length: > 0 } login ? login : user.Text("username");
        if (basic is { Length: > 0 })
        {
            var password = words.Text("password") is { Length: > 0 } secret ? secret : user.Text("password");
            headers.Add(new("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic}:{password}"))));
        }
        return headers;
    }
}

using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create configmap and secret: from files, env files and words.</summary>
internal static class CreateConfig
{
    private static readonly FlagSpec[] Sources =
    [
        FlagSpec.Many("from-literal", "key=value"), FlagSpec.Many("from-file", "A file, a directory, or key=file"), FlagSpec.Many("from-env-file", "A file of key=value lines"),
    ];

    public static readonly Verb ConfigMap = CreateVerb.Kind("configmap", "Create a config map from a local file, directory or literal value", "kubectl create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]", "configmaps", Sources, (call, name) =>
    {
        var o = CreateVerb.Object("v1", "ConfigMap", name);
        var (data, binary) = (new JsonMap(), new JsonMap());
        foreach (var (key, bytes) in Read(call))
        {
            if (data.Has(key) || binary.Has(key)) throw new Failure($"cannot add key \"{key}\", another key by that name already exists in Data for ConfigMap \"{name}\"");
            if (IsText(bytes)) data.Set(key, Encoding.UTF8.GetString(bytes));
            else binary.Set(key, Convert.ToBase64String(bytes));
        }
        if (data.Count > 0) o.Add("data", data);
        if (binary.Count > 0) o.Add("binaryData", binary);
        return o;
    }, "cm");

    public static readonly Verb Secret = new("secret", "Create a secret using a specified subcommand", "kubectl create secret (docker-registry | generic | tls) [options]")
    {
        Verbs =
        [
            CreateVerb.Kind("docker-registry", "Create a secret for use with a Docker registry", "kubectl create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [options]", "secrets",
                [FlagSpec.Text("docker-server", "The registry", standard: "https://index.docker.io/v1/"), FlagSpec.Text("docker-username", "The user"), FlagSpec.Text("docker-password", "His password"), FlagSpec.Text("docker-email", "His address"), FlagSpec.Many("from-file", "A file to take instead: .dockerconfigjson=file")], Registry),
            CreateVerb.Kind("generic", "Create a secret from a local file, directory, or literal value", "kubectl create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [options]", "secrets",
                [.. Sources, FlagSpec.Text("type", "The type of secret")], Generic),
            CreateVerb.Kind("tls", "Create a TLS secret", "kubectl create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [options]", "secrets",
                [FlagSpec.Text("cert", "File with the certificate"), FlagSpec.Text("key", "File with its key")], Tls),
        ],
    };

    private static JsonMap Generic(Call call, string name)
    {
        var data = new JsonMap();
        foreach (var (key, bytes) in Read(call))
        {
            if (data.Has(key)) throw new Failure($"cannot add key {key}, another key by that name already exists");
            data.Set(key, Convert.ToBase64String(bytes));
        }
        return Made(name, data, call.Text("type"));
    }

    private static JsonMap Registry(Call call, string name)
    {
        if (call.Words.All("from-file").Count > 0) return Made(name, new JsonMap { { ".dockerconfigjson", Convert.ToBase64String(Files(call.Words.All("from-file")).First().Bytes) } }, "kubernetes.io/dockerconfigjson");
        var (user, password, mail) = (call.Text("docker-username"), call.Text("docker-password"), call.Text("docker-email"));
        if (user.Length == 0) throw new Failure("either --from-file or the combination of --docker-username, --docker-password and --docker-server is required");
        var entry = new JsonMap { { "username", user }, { "password", password } };
        if (mail.Length > 0) entry.Add("email", mail);
        entry.Add("auth", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        var config = new JsonMap { { "auths", new JsonMap { { call.Text("docker-server"), entry } } } };
        return Made(name, new JsonMap { { ".dockerconfigjson", Convert.ToBase64String(JsonWriter.ToUtf8(config)) } }, "kubernetes.io/dockerconfigjson");
    }

    private static JsonMap Tls(Call call, string name)
    {
        if (call.Text("cert").Length == 0 || call.Text("key").Length == 0) throw new Failure("key and cert must be specified");
        try
        {
            using var pair = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(call.Text("cert"), call.Text("key"));
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new Failure($"tls: {e.Message}");
        }
        return Made(name, new JsonMap { { "tls.crt", Convert.ToBase64String(File.ReadAllBytes(call.Text("cert"))) }, { "tls.key", Convert.ToBase64String(File.ReadAllBytes(call.Text("key"))) } }, "kubernetes.io/tls");
    }

    private static JsonMap Made(string name, JsonMap data, string type)
    {
        var o = CreateVerb.Object("v1", "Secret", name);
        if (data.Count > 0) o.Add("data", data);
        if (type.Length > 0) o.Add("type", type);
        return o;
    }

    private static IEnumerable<(string Key, byte[] Bytes)> Read(Call call)
    {
        var literals = call.Words.All("from-literal").Select(l => l.IndexOf('=') is var at and > 0 ? (l[..at], Encoding.UTF8.GetBytes(l[(at + 1)..])) : throw new Failure($"invalid literal source {l}, expected key=value"));
        var lines = call.Words.All("from-env-file").SelectMany(f => File.Exists(f) ? File.ReadLines(f) : throw new Failure($"open {f}: no such file or directory"))
            .Select(l => l.TrimStart()).Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => l.IndexOf('=') is var at and > 0 ? (l[..at], Encoding.UTF8.GetBytes(l[(at + 1)..])) : (l, Encoding.UTF8.GetBytes(call.Around.Environment(l) ?? "")));
        return Files(call.Words.All("from-file")).Concat(literals).Concat(lines);
    }

    private static IEnumerable<(string Key, byte[] Bytes)> Files(IEnumerable<string> sources)
    {
        foreach (var source in sources)
        {
            var at = source.IndexOf('=');
            var (key, path) = at > 0 ? (source[..at], source[(at + 1)..]) : (null, source);
            if (Directory.Exists(path))
            {
                foreach (var file in Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)) yield return (Path.GetFileName(file), File.ReadAllBytes(file));
                continue;
            }
            if (!File.Exists(path)) throw new Failure($"error reading {path}: no such file or directory");
            yield return (key ?? Path.GetFileName(path), File.ReadAllBytes(path));
        }
    }

    private static bool IsText(byte[] bytes)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}

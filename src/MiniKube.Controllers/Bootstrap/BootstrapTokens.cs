using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>A bootstrap token as its Secret describes it.</summary>
public sealed record BootstrapToken(string Id, string Secret, DateTimeOffset? Expires, bool Signs)
{
    private const string Type = "bootstrap.kubernetes.io/token";

    /// <summary>Which Secrets can be such tokens.</summary>
    public const string Selector = $"type={Type}";

    public static BootstrapToken? Read(Item<Secret> secret)
    {
        if (secret.Value.Type != Type || secret.Namespace != "kube-system") return null;
        string? Text(string key) => secret.Value.Data?.TryGetValue(key, out var bytes) == true ? Encoding.UTF8.GetString(bytes) : null;
        if (Text("token-id") is not { Length: > 0 } id || Text("token-secret") is not { Length: > 0 } value) return null;
        var expires = DateTimeOffset.TryParse(Text("expiration"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : (DateTimeOffset?)null;
        return new(id, value, expires, Text("usage-bootstrap-signing") == "true");
    }
}

public sealed record TokenSeen(Item<Secret> Secret, DateTimeOffset Now);

/// <summary>Expired bootstrap tokens are deleted.</summary>
public sealed class TokenCleanerController(Caches caches) : Controller<TokenSeen>
{
    private readonly Cache<Secret> secrets = caches.Of<Secret>(BootstrapToken.Selector);

    public override string Name => "token-cleaner";

    public override void Watch(Triggers triggers) => triggers.On(secrets, c => c.New is { } s && BootstrapToken.Read(s) is not null ? [s.Key] : []);

    protected override TokenSeen? Observe(Turn turn) => secrets.Get(turn.Key) is { } secret ? new(secret, turn.Now) : null;

    protected override Plan For(TokenSeen seen) => PlanFor(seen);

    public static Plan PlanFor(TokenSeen seen)
    {
        if (BootstrapToken.Read(seen.Secret) is not { Expires: { } expires }) return Plan.Nothing;
        return expires > seen.Now ? Plan.Recheck(expires - seen.Now)
            : Plan.Of(new PlanAction.Delete(seen.Secret.Type.Ref, seen.Secret.Namespace, seen.Secret.Name, seen.Secret.Uid, seen.Secret.Meta.ResourceVersion));
    }
}

public sealed record SignerSeen(Item<ConfigMap> ClusterInfo, IReadOnlyList<BootstrapToken> Tokens, DateTimeOffset Now);

/// <summary>Signs the public cluster-info with every token, so that who holds one can tell the real one from a forged.</summary>
public sealed class BootstrapSignerController(Caches caches) : Controller<SignerSeen>
{
    private const string Prefix = "jws-kubeconfig-";
    private static readonly Key ClusterInfo = new("kube-public", "cluster-info");

    private readonly Cache<Secret> secrets = caches.Of<Secret>(BootstrapToken.Selector);
    private readonly Cache<ConfigMap> maps = caches.Of<ConfigMap>($"metadata.name={ClusterInfo.Name},metadata.namespace={ClusterInfo.Namespace}");

    public override string Name => "bootstrap-signer";

    public override int Parallelism => 1;

    public override void Watch(Triggers triggers)
    {
        triggers.On(maps, c => c.Latest.Key == ClusterInfo ? [ClusterInfo] : []);
        triggers.On(secrets, c => BootstrapToken.Read(c.Latest) is not null ? [ClusterInfo] : []);
    }

    protected override SignerSeen? Observe(Turn turn) => maps.Get(ClusterInfo) is not { } info ? null
        : new(info, [.. secrets.ByNamespace()["kube-system"].Select(BootstrapToken.Read).OfType<BootstrapToken>()], turn.Now);

    protected override Plan For(SignerSeen seen) => PlanFor(seen);

    public static Plan PlanFor(SignerSeen seen)
    {
        var data = seen.ClusterInfo.Value.Data ?? new Dictionary<string, string>();
        if (!data.TryGetValue("kubeconfig", out var content)) return Plan.Nothing;
        var wanted = seen.Tokens.Where(t => t.Signs && !(t.Expires <= seen.Now)).ToDictionary(t => Prefix + t.Id, t => Sign(content, t));
        var change = new JsonMap();
        foreach (var (key, signature) in wanted)
            if (data.GetValueOrDefault(key) != signature) change.Set(key, signature);
        foreach (var key in data.Keys)
            if (key.StartsWith(Prefix, StringComparison.Ordinal) && !wanted.ContainsKey(key)) change.Set(key, Json.Null);
        return change.Count == 0 ? Plan.Nothing : Plan.Of(new PlanAction.Patch(seen.ClusterInfo.Type.Ref, seen.ClusterInfo.Namespace,
            seen.ClusterInfo.Name, seen.ClusterInfo.Uid, seen.ClusterInfo.Meta.ResourceVersion, new JsonMap { { "data", change } }));
    }

    /// <summary>A detached JWS: header and signature, with the content left out between the dots.</summary>
    public static string Sign(string content, BootstrapToken token)
    {
        var header = Encode(Encoding.UTF8.GetBytes($$"""{"alg":"HS256","kid":"{{token.Id}}"}"""));
        var signed = Encoding.UTF8.GetBytes($"{header}.{Encode(Encoding.UTF8.GetBytes(content))}");
        return $"{header}..{Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token.Secret), signed))}";
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

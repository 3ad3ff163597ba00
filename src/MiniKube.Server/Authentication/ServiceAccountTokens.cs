using System.Security.Cryptography;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Issues and checks the tokens of service accounts, bound ones and those in legacy Secrets.</summary>
public sealed class ServiceAccountTokens(ServerContext server, ECDsa key)
{
    private static readonly TimeSpan Extended = TimeSpan.FromDays(365);

    // What is being deleted may still finish its work.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private readonly string keyId = Jwt.KeyId(key);
    private readonly LegacyTokenUse legacy = new(server);

    public string Issuer => server.Options.ServiceAccountIssuer;

    public IReadOnlyList<string> DefaultAudiences => [Issuer];

    /// <summary>What a token that holds says; Expires is when it no longer does.</summary>
    public sealed record Checked(UserInfo User, IReadOnlyList<string> Audiences, DateTimeOffset Expires);

    /// <summary>What a token is bound to: it dies with that object.</summary>
    public sealed record Bound(string Kind, string Name, string Uid);

    /// <summary>A token that really ends at its end, or, where asked to last, only ought to: old client libraries read their token once.</summary>
    public (string Token, DateTimeOffset Expires) Issue(string ns, JsonMap account, IReadOnlyList<string> audiences, TimeSpan life, Bound? bound, JsonMap? node = null, bool lasting = false)
    {
        var now = server.Now;
        var wanted = now + life;
        var expires = lasting ? now + Extended : wanted;
        var metadata = account.Map("metadata")!;
        var about = new JsonMap
        {
            { "namespace", ns },
            { "serviceaccount", new JsonMap { { "name", metadata["name"]! }, { "uid", metadata["uid"]! } } },
        };
        if (bound is not null) about.Add(bound.Kind.ToLowerInvariant(), new JsonMap { { "name", bound.Name }, { "uid", bound.Uid } });
        if (node is not null) about.Add("node", node);
        if (lasting) about.Add("warnafter", wanted.ToUnixTimeSeconds());
        var claims = new JsonMap
        {
            { "aud", JsonList.OfTexts(audiences) }, { "exp", expires.ToUnixTimeSeconds() }, { "iat", now.ToUnixTimeSeconds() },
            { "iss", Issuer }, { "jti", server.Names.Uid() }, { "kubernetes.io", about }, { "nbf", now.ToUnixTimeSeconds() },
            { "sub", $"system:serviceaccount:{ns}:{metadata.Text("name")}" },
        };
        return (Jwt.Sign(claims, key, keyId), wanted);
    }

    /// <summary>A token without end for a Secret of type service-account-token.</summary>
    public string IssueLegacy(string ns, JsonMap account, string secret)
    {
        var metadata = account.Map("metadata")!;
        return Jwt.Sign(new JsonMap
        {
            { "iss", "kubernetes/serviceaccount" }, { "kubernetes.io/serviceaccount/namespace", ns },
            { "kubernetes.io/serviceaccount/secret.name", secret }, { "kubernetes.io/serviceaccount/service-account.name", metadata["name"]! },
            { "kubernetes.io/serviceaccount/service-account.uid", metadata["uid"]! }, { "sub", $"system:serviceaccount:{ns}:{metadata.Text("name")}" },
        }, key, keyId);
    }

    public JsonMap KeySet() => new() { { "keys", JsonList.Of(Jwt.PublicKey(key)) } };

    /// <summary>Who a token speaks for; null when it is not ours, altered, expired, for others, or its object is gone.</summary>
    public Checked? Check(string token, IReadOnlyList<string>? audiences = null)
    {
        if (Jwt.Verify(token, key) is not { } claims) return null;
        return claims.Text("iss") == Issuer ? CheckBound(claims, audiences ?? DefaultAudiences)
            : claims.Text("iss") == "kubernetes/serviceaccount" ? CheckLegacy(claims, token, audiences ?? DefaultAudiences)
            : null;
    }

    private Checked? CheckBound(JsonMap claims, IReadOnlyList<string> wanted)
    {
        var now = server.Now.ToUnixTimeSeconds();
        if (claims.Whole("exp") is not { } expires || now >= expires || claims.Whole("nbf") is { } from && now + 60 < from) return null;
        var audiences = (claims.List("aud") ?? []).Texts().Intersect(wanted).ToList();
        if (audiences.Count == 0) return null;
        var about = claims.Map("kubernetes.io");
        var (ns, name) = (about?.Text("namespace") ?? "", about?.Map("serviceaccount")?.Text("name") ?? "");
        if (Alive("serviceaccounts", ns, name, about?.Map("serviceaccount")?.Text("uid")) is not { } account) return null;
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        if (claims.Text("jti") is { } id) extra[UserInfo.CredentialId] = ["JTI=" + id];
        foreach (var (kind, collection, scope) in new[] { ("pod", "pods", ns), ("secret", "secrets", ns), ("node", "nodes", "") })
        {
            if (about!.Map(kind) is not { } bound) continue;
            var alive = Alive(collection, scope, bound.Text("name") ?? "", bound.Text("uid"));
            if (alive is null && !(kind == "node" && about.Has("pod"))) return null;
            if (kind is "pod" or "node")
            {
                extra[$"authentication.kubernetes.io/{kind}-name"] = [bound.Text("name") ?? ""];
                extra[$"authentication.kubernetes.io/{kind}-uid"] = [bound.Text("uid") ?? ""];
            }
        }
        return new(UserInfo.ForServiceAccount(ns, name, account.Map("metadata")!.Text("uid")!) with { Extra = extra }, audiences, DateTimeOffset.FromUnixTimeSeconds(expires));
    }

    private Checked? CheckLegacy(JsonMap claims, string token, IReadOnlyList<string> wanted)
    {
        var ns = claims.Text("kubernetes.io/serviceaccount/namespace") ?? "";
        var name = claims.Text("kubernetes.io/serviceaccount/service-account.name") ?? "";
        var holder = claims.Text("kubernetes.io/serviceaccount/secret.name") ?? "";
        var secret = server.Peek("secrets", ns, holder);
        if (secret?.Map("metadata")?.Map("labels")?.Text(LegacyTokenUse.InvalidSince) is { Length: > 0 }) return null;
        var kept = secret?.Map("data")?.Text("token");
        if (kept is null || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(kept), Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(token))))) return null;
        var audiences = DefaultAudiences.Intersect(wanted).ToList();
        if (audiences.Count == 0) return null;
        if (Alive("serviceaccounts", ns, name, claims.Text("kubernetes.io/serviceaccount/service-account.uid")) is not { } account) return null;
        legacy.Note(ns, holder, secret!);
        return new(UserInfo.ForServiceAccount(ns, name, account.Map("metadata")!.Text("uid")!), audiences, DateTimeOffset.MaxValue);
    }

    /// <summary>The very object that was meant, as long as it is not well past its deletion.</summary>
    private JsonMap? Alive(string collection, string ns, string name, string? uid)
    {
        if (server.Peek(collection, ns, name) is not { } obj || obj.Map("metadata")!.Text("uid") != uid) return null;
        return Times.Read(obj.Map("metadata")!["deletionTimestamp"]) is { } deleted && server.Now > deleted + Grace ? null : obj;
    }
}

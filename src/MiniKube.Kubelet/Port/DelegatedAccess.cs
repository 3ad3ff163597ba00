using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Port;

/// <summary>The node trusts nobody by itself: tokens and permissions are the API server's to judge. Answers are kept for a while.</summary>
public sealed class DelegatedAccess(IApi api, string node, TimeProvider time)
{
    private const int Most = 1000;
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AllowedLife = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RefusedLife = TimeSpan.FromSeconds(30);
    private static readonly ResourceRef TokenReviews = new("authentication.k8s.io", "v1", "tokenreviews");
    private static readonly ResourceRef AccessReviews = new("authorization.k8s.io", "v1", "subjectaccessreviews");

    private readonly ConcurrentDictionary<string, (Visitor? Visitor, DateTimeOffset Until)> tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string User, string Groups, string Verb, string Part), (bool Allowed, DateTimeOffset Until)> permissions = new();

    /// <summary>Whose token it is; null when it is nobody's.</summary>
    public async Task<Visitor?> OfToken(string token, CancellationToken cancel)
    {
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        var now = time.GetUtcNow();
        if (tokens.TryGetValue(key, out var known) && known.Until > now) return known.Visitor;
        var review = new JsonMap { { "apiVersion", "authentication.k8s.io/v1" }, { "kind", "TokenReview" }, { "spec", new JsonMap { { "token", token } } } };
        var answer = await api.Create(TokenReviews, null, JsonWriter.ToUtf8(review), cancel: cancel);
        if (!answer.Ok) return null;
        var status = JsonReader.ReadMap(answer.Value.Json.Span).Map("status") ?? [];
        Visitor? visitor = null;
        if (status.Bool("authenticated") == true && status.Map("user") is { } user)
        {
            visitor = new(user.Text("username") ?? "", [.. (user.List("groups") ?? []).Texts()])
            {
                Uid = user.Text("uid") ?? "",
                Extra = (user.Map("extra") ?? []).ToDictionary(e => e.Key, e => (IReadOnlyList<string>)[.. (e.Value as JsonList ?? []).Texts()]),
            };
        }
        if (tokens.Count >= Most) tokens.Clear();
        tokens[key] = (visitor, now + (visitor is null ? TimeSpan.FromSeconds(10) : TokenLife));
        return visitor;
    }

    /// <summary>Whether the visitor may do this to any one of these parts of the node.</summary>
    public async Task<bool> Allows(Visitor visitor, string verb, IReadOnlyList<string> parts, CancellationToken cancel)
    {
        foreach (var part in parts)
            if (await Allows(visitor, verb, part, cancel)) return true;
        return false;
    }

    private async Task<bool> Allows(Visitor visitor, string verb, string part, CancellationToken cancel)
    {
        var key = (visitor.Name, string.Join('\n', visitor.Groups), verb, part);
        var now = time.GetUtcNow();
        if (permissions.TryGetValue(key, out var known) && known.Until > now) return known.Allowed;
        var spec = new JsonMap
        {
            { "user", visitor.Name }, { "groups", JsonList.OfTexts(visitor.Groups) }, { "uid", visitor.Uid },
            { "resourceAttributes", new JsonMap { { "verb", verb }, { "group", "" }, { "version", "v1" }, { "resource", "nodes" }, { "subresource", part }, { "name", node } } },
        };
        if (visitor.Extra.Count > 0)
        {
            var extra = new JsonMap();
            foreach (var (name, values) in visitor.Extra) extra.Set(name, JsonList.OfTexts(values));
            spec.Add("extra", extra);
        }
        var review = new JsonMap { { "apiVersion", "authorization.k8s.io/v1" }, { "kind", "SubjectAccessReview" }, { "spec", spec } };
        var answer = await api.Create(AccessReviews, null, JsonWriter.ToUtf8(review), cancel: cancel);
        if (!answer.Ok) return false;
        var allowed = JsonReader.ReadMap(answer.Value.Json.Span).Map("status")?.Bool("allowed") == true;
        if (permissions.Count >= Most) permissions.Clear();
        permissions[key] = (allowed, now + (allowed ? AllowedLife : RefusedLife));
        return allowed;
    }
}

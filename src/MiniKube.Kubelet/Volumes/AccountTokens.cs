using System.Collections.Concurrent;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Volumes;

/// <summary>Service-account tokens for projected volumes: asked for once, renewed after four fifths of their life.</summary>
internal sealed class AccountTokens(IApi api, TimeProvider time)
{
    private static readonly ResourceRef Accounts = Resources.RefOf<ServiceAccount>();

    private readonly ConcurrentDictionary<(string Pod, string Volume, string Path), (byte[] Token, DateTimeOffset RenewAt)> issued = new();

    public async Task<(byte[]? Token, string? Fault)> For(Pod pod, string volume, ServiceAccountTokenProjection projection, CancellationToken cancel)
    {
        var key = (pod.Metadata.Uid!, volume, projection.Path!);
        var now = time.GetUtcNow();
        if (issued.TryGetValue(key, out var known) && known.RenewAt > now) return (known.Token, null);
        var seconds = projection.ExpirationSeconds ?? 3600;
        var account = pod.Spec?.ServiceAccountName is { Length: > 0 } name ? name : "default";
        var body = new JsonMap
        {
            { "apiVersion", "authentication.k8s.io/v1" }, { "kind", "TokenRequest" },
            {
                "spec", new JsonMap
                {
                    { "audiences", JsonList.OfTexts(projection.Audience is { Length: > 0 } audience ? [audience] : []) }, { "expirationSeconds", seconds },
                    { "boundObjectRef", new JsonMap { { "apiVersion", "v1" }, { "kind", "Pod" }, { "name", pod.Metadata.Name! }, { "uid", pod.Metadata.Uid! } } },
                }
            },
        };
        var answer = await api.Create(Accounts, pod.Metadata.Namespace, JsonWriter.ToUtf8(body), account, "token", cancel: cancel);
        if (!answer.Ok) return known.Token is { } old ? (old, null) : (null, $"failed to fetch token: {answer.Error!.Message}");
        var token = Encoding.UTF8.GetBytes(JsonReader.ReadMap(answer.Value.Json.Span).Map("status")?.Text("token") ?? "");
        issued[key] = (token, now + TimeSpan.FromSeconds(seconds * 0.8));
        return (token, null);
    }

    /// <summary>When the first of a pod's tokens wants renewal.</summary>
    public DateTimeOffset? RenewAt(string podUid)
    {
        DateTimeOffset? first = null;
        foreach (var (key, token) in issued)
            if (key.Pod == podUid && (first is null || token.RenewAt < first)) first = token.RenewAt;
        return first;
    }

    public void Forget(string podUid)
    {
        foreach (var key in issued.Keys)
            if (key.Pod == podUid) issued.TryRemove(key, out _);
    }
}

using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Bootstrap;

/// <summary>
/// kube-system/extension-apiserver-authentication: by which authorities servers beside this one know its clients and its front
/// proxy. Written at the start, when authorities change, and every minute what somebody did to it is mended.
/// </summary>
internal static class AuthenticationFacts
{
    private const string Namespace = "kube-system";
    private const string Name = "extension-apiserver-authentication";
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    public static async Task Run(ServerContext server, ClusterPki pki, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, server.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) await Publish(server, pki, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    public static async Task Publish(ServerContext server, ClusterPki pki, CancellationToken cancel)
    {
        var facts = FrontProxy.Facts(pki.AuthorityPem, pki.FrontProxyAuthorityPem);
        var known = server.Peek("configmaps", Namespace, Name)?.Map("data");
        if (known is not null && facts.All(f => known[f.Key] is { } value && value.SameAs(f.Value))) return;
        // What others have put beside it stays.
        var data = known is null ? [] : (JsonMap)known.Clone();
        foreach (var (key, value) in facts) data.Set(key, value);
        await Bootstrapper.Put(server, new JsonMap
        {
            { "kind", "ConfigMap" }, { "apiVersion", "v1" }, { "metadata", new JsonMap { { "name", Name }, { "namespace", Namespace } } }, { "data", data },
        }, "data", cancel);
    }
}

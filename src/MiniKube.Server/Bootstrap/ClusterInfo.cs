using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Bootstrap;

/// <summary>
/// kube-public/cluster-info: where the cluster is and by which authorities it is known, for whoever is about to join and knows
/// nobody yet. It is signed with every bootstrap token, so that who has one can tell the real one from a forged.
/// </summary>
internal static class ClusterInfo
{
    public static async Task Publish(ServerContext server, ClusterPki pki, CancellationToken cancel)
    {
        var content = Content($"https://{server.Options.AdvertiseAddress}:{server.Options.HttpsPort}", pki.AuthorityPem);
        var known = server.Peek("configmaps", "kube-public", "cluster-info")?.Map("data");
        if (known?.Text("kubeconfig") == content) return;
        // The signatures of the one before are the signer's to replace.
        var data = known is null ? [] : (JsonMap)known.Clone();
        data.Set("kubeconfig", content);
        await Bootstrapper.Put(server, new JsonMap
        {
            { "kind", "ConfigMap" }, { "apiVersion", "v1" }, { "metadata", new JsonMap { { "name", "cluster-info" }, { "namespace", "kube-public" } } }, { "data", data },
        }, "data", cancel);
    }

    private static string Content(string server, string authorities) => YamlWriter.Write(new JsonMap
    {
        { "apiVersion", "v1" }, { "kind", "Config" },
        {
            "clusters", JsonList.Of(new JsonMap
            {
                { "name", "" },
                { "cluster", new JsonMap { { "certificate-authority-data", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(authorities)) }, { "server", server } } },
            })
        },
        { "contexts", new JsonList([]) }, { "current-context", "" }, { "preferences", new JsonMap() }, { "users", new JsonList([]) },
    });
}

using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>
/// What a running container reads of its volumes follows the API at once. The node's clock stands still: a node that waited for
/// any timer, however short, would never get there.
/// </summary>
[TestFixture]
public sealed class LiveVolumeTests : OnSimulatedNode
{
    [Test]
    public async Task Config_maps_secrets_and_fields_change_without_a_timer()
    {
        await Cluster.Create<ConfigMap>("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: one}}");
        await Cluster.Create<Secret>("{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {b: un}}");
        await Cluster.Create<Pod>("""
            apiVersion: v1
            kind: Pod
            metadata: {name: p, labels: {l: uno}}
            spec:
              nodeName: n
              containers:
              - {name: c, image: server, volumeMounts: [{name: c, mountPath: /c}, {name: s, mountPath: /s}, {name: all, mountPath: /all}]}
              volumes:
              - {name: c, configMap: {name: c}}
              - {name: s, secret: {secretName: s}}
              - name: all
                projected:
                  sources:
                  - configMap: {name: c}
                  - secret: {name: s}
                  - downwardAPI: {items: [{path: l, fieldRef: {fieldPath: "metadata.labels['l']"}}]}
            """);
        await Cluster.Until<Pod>("p", p => p.Value.Status?.ContainerStatuses?.Any(c => c.State?.Running is not null) == true, seconds: 60);
        await Reads("oneun" + "oneununo");

        await Cluster.Patch<ConfigMap>("c", """{"data":{"a":"two"}}""");
        await Reads("twoun" + "twoununo");
        await Cluster.Patch<Secret>("s", """{"stringData":{"b":"deux"}}""");
        await Reads("twodeux" + "twodeuxuno");
        await Cluster.Patch<Pod>("p", """{"metadata":{"labels":{"l":"due"}}}""");
        await Reads("twodeux" + "twodeuxdue");
    }

    private async Task Reads(string wanted)
    {
        var pod = (await Cluster.Get<Pod>("p"))!;
        Task<string> Read() => Node.Exec(pod, "c", "cat", "/c/a", "/s/b", "/all/a", "/all/b", "/all/l");
        await Cluster.Until(async () => await Read() == wanted, async () => $"{await Read()} instead of {wanted}\n{string.Join('\n', Node.Said)}", seconds: 60);
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Rbac;
using MiniKube.Machinery;

namespace MiniKube.Cluster.Tests;

/// <summary>The parts of the server process have the rights of their roles and no others.</summary>
[TestFixture]
public sealed class IdentityTests
{
    private const string Set = """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: web}
        spec:
          replicas: 1
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: c, image: i}]}
        """;

    [Test]
    public async Task A_controller_without_the_right_is_refused_and_goes_on_when_it_has_it_again()
    {
        await using var cluster = await TestCluster.Start();
        await cluster.Until<ServiceAccount>("default", _ => true);
        const string binding = "system:controller:replicaset-controller";
        var before = (await cluster.Get<ClusterRoleBinding>(binding))!;
        await cluster.Delete<ClusterRoleBinding>(binding);

        await cluster.Create<ReplicaSet>(Set);
        const string refusal = "pods is forbidden: User \"system:serviceaccount:kube-system:replicaset-controller\" cannot create resource \"pods\" in API group \"\" in the namespace \"default\"";
        await cluster.Until(() => Task.FromResult(Said(cluster, refusal)), () => Task.FromResult("nobody was refused"));
        Assert.That(await cluster.List<Pod>(), Is.Empty);

        var again = JsonReader.ReadMap(before.Json.Span);
        again.Set("metadata", new JsonMap { { "name", binding } });
        Assert.That((await cluster.Api.Create(Resources.RefOf<ClusterRoleBinding>(), null, JsonWriter.ToUtf8(again))).Error?.Message, Is.Null);
        await cluster.Until(async () => (await cluster.List<Pod>()).Count == 1, () => Task.FromResult("the pod never came"));
    }

    [Test]
    public async Task What_the_parts_write_bears_their_names()
    {
        await using var cluster = await TestCluster.Start();
        await cluster.Until<ServiceAccount>("default", _ => true);
        await cluster.Create<ReplicaSet>(Set);
        await cluster.Until(async () => (await cluster.List<Pod>()).Any(p => p.Value.Status?.Phase == "Running"), () => Task.FromResult("the pod never ran"));
        var pod = JsonReader.ReadMap((await cluster.List<Pod>())[0].Json.Span);
        var writers = pod.Map("metadata")!.List("managedFields")!.Maps().Select(m => m.Text("manager"));
        Assert.That(writers, Does.Contain("replicaset-controller"));
    }

    private static bool Said(TestCluster cluster, string text)
    {
        lock (cluster.Log) return cluster.Log.Any(l => l.Contains(text, StringComparison.Ordinal));
    }
}

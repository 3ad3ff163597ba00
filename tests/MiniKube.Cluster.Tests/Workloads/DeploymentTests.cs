using MiniKube.Controllers;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests;

public class DeploymentTests
{
    private const string W = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: w, labels: {app: w}}
        spec:
          replicas: 3
          selector: {matchLabels: {app: w}}
          template:
            metadata: {labels: {app: w}}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: c, image: "i:1", ports: [{name: http, containerPort: 80}]}]
        """;

    private TestCluster cluster = null!;

    [SetUp]
    public async Task Start() => cluster = await TestCluster.Start();

    [TearDown]
    public async Task Stop() => await cluster.DisposeAsync();

    private static bool IsDone(Item<Deployment> d, int replicas) =>
        d.Value.Status is { } s && s.ObservedGeneration == d.Meta.Generation && (s.UpdatedReplicas ?? 0) == replicas &&
        (s.AvailableReplicas ?? 0) == replicas && (s.Replicas ?? 0) == replicas &&
        s.Conditions?.Any(c => c is { Type: "Progressing", Reason: "NewReplicaSetAvailable" }) == true;

    [Test]
    public async Task Comes_up_rolls_and_goes_away()
    {
        await cluster.Create<Deployment>(W);
        await cluster.Until<Deployment>("w", d => IsDone(d, 3));
        var pods = await cluster.List<Pod>();
        Assert.That(pods, Has.Count.EqualTo(3));
        Assert.That(pods.Select(p => p.Value.Status!.Phase), Is.All.EqualTo("Running"));
        Assert.That(pods.Select(p => p.Value.Spec!.NodeName).Distinct().Count(), Is.EqualTo(3), "spread over the nodes");

        await cluster.Patch<Deployment>("w", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""");
        await cluster.Until<Deployment>("w", d => IsDone(d, 3) && d.Meta.Annotation("deployment.kubernetes.io/revision") == "2");
        await cluster.UntilAll<Pod>(p => p.Count == 3 && p.All(x => x.Value.Spec!.Containers![0].Image == "i:2"));
        var events = await cluster.List<Event>();
        Assert.That(events.Select(e => e.Value.Message), Is.SupersetOf(new[]
        {
            "Scaled up replica set " + (await OldSet()).Name + " from 0 to 3",
            "Scaled down replica set " + (await OldSet()).Name + " from 3 to 2",
        }));

        await cluster.Delete<Deployment>("w");
        await cluster.UntilAll<Pod>(p => p.Count == 0);
        await cluster.UntilAll<ReplicaSet>(s => s.Count == 0);
    }

    private async Task<Item<ReplicaSet>> OldSet() =>
        (await cluster.List<ReplicaSet>()).Single(s => s.Meta.Annotation("deployment.kubernetes.io/revision") == "1");

    [Test]
    public async Task A_service_finds_its_pods()
    {
        await cluster.Create<Deployment>(W);
        await cluster.Create<Service>("""
            apiVersion: v1
            kind: Service
            metadata: {name: w, labels: {app: w}}
            spec: {selector: {app: w}, ports: [{port: 80, targetPort: http}]}
            """);
        await cluster.Until<Endpoints>("w", e => e.Value.Subsets is [{ Addresses.Count: 3, NotReadyAddresses: null, Ports: [{ Port: 80, Name: null }] }]);
        await cluster.UntilAll<Kinds.Discovery.EndpointSlice>(s => s.SingleOrDefault(x => x.Meta.GenerateName == "w-") is { Value: var slice } &&
            slice.Endpoints is { Count: 3 } found && found.All(e => e.Conditions?.Ready == true));
    }

    [Test]
    public async Task A_namespace_goes_with_all_it_holds()
    {
        await cluster.Create<Namespace>("{apiVersion: v1, kind: Namespace, metadata: {name: n}}");
        await cluster.Until<ServiceAccount>("default", _ => true, "n");
        await cluster.Until<ConfigMap>(RootCertificatePublisher.ConfigMapName, _ => true, "n");
        await cluster.Create<Deployment>(W, "n");
        await cluster.Until<Deployment>("w", d => IsDone(d, 3), "n");
        await cluster.Delete<Namespace>("n");
        await cluster.Until(async () => await cluster.Get<Namespace>("n") is null, async () => (await cluster.Get<Namespace>("n"))!.Tree().ToString());
    }
}

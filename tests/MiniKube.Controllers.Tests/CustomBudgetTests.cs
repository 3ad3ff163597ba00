using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Apiextensions;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Policy;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>Budgets over pods that objects of custom kinds own.</summary>
public class CustomBudgetTests
{
    private readonly ManualTime time = new(DateTimeOffset.Parse("2026-01-01T01:00:00Z"));

    [TestCase(""","subresources":{"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size"}}""", 5, "expectedPods\":5", TestName = "They want as many as they say at the path of their scale")]
    [TestCase("", 5, "crowds.x.io does not implement the scale subresource", TestName = "Without a scale nobody can say")]
    [TestCase(""","subresources":{"scale":{"specReplicasPath":".spec.size","statusReplicasPath":".status.size"}}""", null, "found no controllers for pod", TestName = "An owner that is gone wants nothing known")]
    public async Task Custom(string subresources, int? size, string expected)
    {
        var api = new MemoryApi(time);
        var caches = new Caches(api, time);
        var controller = new DisruptionController(caches, new KnownResources(caches), api);
        Show<CustomResourceDefinition>(caches, $$$"""
            {"metadata":{"name":"crowds.x.io"},"spec":{"group":"x.io","names":{"plural":"crowds","kind":"Crowd"},"scope":"Namespaced","versions":[{"name":"v1","served":true,"storage":true{{{subresources}}} }]},
            "status":{"conditions":[{"type":"Established","status":"True"}]} }
            """);
        var uid = "gone";
        if (size is not null)
        {
            var made = await api.Create(new("x.io", "v1", "crowds"), "ns", Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"c"},"spec":{"size":{{{size}}} } }"""));
            uid = Machinery.JsonReader.ReadMap(made.Value.Json.Span).Map("metadata")!.Text("uid")!;
        }
        Show<Pod>(caches, $$$"""
            {"metadata":{"name":"p","namespace":"ns","uid":"u","labels":{"a":"b"},"ownerReferences":[{"apiVersion":"x.io/v1","kind":"Crowd","name":"c","uid":"{{{uid}}}","controller":true}]}}
            """);
        Show<PodDisruptionBudget>(caches, """{"metadata":{"name":"b","namespace":"ns"},"spec":{"maxUnavailable":"40%","selector":{"matchLabels":{"a":"b"}}}}""");
        var plan = await controller.Decide(new(new("ns", "b"), time.GetUtcNow()), default);
        Assert.That(PlanText.Of(plan!)[0], Does.Contain(expected));
    }

    private static void Show<T>(Caches caches, string json) where T : Kinds.KubeObject => caches.Of<T>().Replace([Encoding.UTF8.GetBytes(json)], 1);
}

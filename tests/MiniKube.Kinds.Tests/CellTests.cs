using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class CellTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static string Row(string apiVersion, string kind, string json) => string.Join(" | ",
        BuiltInKinds.Find(apiVersion, kind)!.Columns.Select(c => c.Cell(JsonReader.ParseMap(json), Now)).Select(c => c is JsonText t ? t.Value : c.ToString()));

    private const string Meta = "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T11:55:00Z\"}";

    [TestCase("""{"spec":{"containers":[{"name":"c"}]},"status":{"phase":"Pending"}""", "x | 0/1 | Pending | 0 | 5m | <none> | <none> | <none> | <none>")]
    [TestCase("""{"spec":{"nodeName":"n","containers":[{"name":"c"}]},"status":{"phase":"Running","podIPs":[{"ip":"10.0.0.1"}],"containerStatuses":[{"ready":true,"restartCount":2,"state":{"running":{}},"lastState":{"terminated":{"finishedAt":"2026-01-01T11:58:00Z"}}}]}""",
        "x | 1/1 | Running | 2 (2m ago) | 5m | 10.0.0.1 | n | <none> | <none>")]
    [TestCase("""{"spec":{"containers":[{"name":"c"}]},"status":{"phase":"Running","containerStatuses":[{"ready":false,"restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}""",
        "x | 0/1 | CrashLoopBackOff | 3 | 5m | <none> | <none> | <none> | <none>")]
    [TestCase("""{"spec":{"initContainers":[{"name":"i"},{"name":"j"}],"containers":[{"name":"c"}]},"status":{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0}}},{"name":"j","state":{"running":{}}}]}""",
        "x | 0/1 | Init:1/2 | 0 | 5m | <none> | <none> | <none> | <none>")]
    [TestCase("""{"spec":{"containers":[{"name":"c"}]},"status":{"phase":"Succeeded","containerStatuses":[{"state":{"terminated":{"reason":"Completed","exitCode":0}}}]}""",
        "x | 0/1 | Completed | 0 | 5m | <none> | <none> | <none> | <none>")]
    public void Pods(string pod, string row) => Assert.That(Row("v1", "Pod", pod + "," + Meta + "}"), Is.EqualTo(row));

    [TestCase("""{"spec":{"type":"ClusterIP","clusterIPs":["10.96.0.1"],"selector":{"a":"b"},"ports":[{"port":80,"protocol":"TCP"}]}""", "x | ClusterIP | 10.96.0.1 | <none> | 80/TCP | 5m | a=b")]
    [TestCase("""{"spec":{"type":"LoadBalancer","clusterIPs":["10.96.0.2"],"ports":[{"port":80,"nodePort":30001,"protocol":"TCP"}]}""", "x | LoadBalancer | 10.96.0.2 | <pending> | 80:30001/TCP | 5m | <none>")]
    [TestCase("""{"spec":{"type":"ExternalName","externalName":"a.b"}""", "x | ExternalName | <none> | a.b | <none> | 5m | <none>")]
    public void Services(string service, string row) => Assert.That(Row("v1", "Service", service + "," + Meta + "}"), Is.EqualTo(row));

    [Test]
    public void Other_kinds()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Row("apps/v1", "Deployment", """{"spec":{"replicas":3,"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[{"name":"c","image":"i"}]}}},"status":{"readyReplicas":1,"updatedReplicas":3,"availableReplicas":1},""" + Meta + "}"),
                Is.EqualTo("x | 1/3 | 3 | 1 | 5m | c | i | a=b"));
            Assert.That(Row("batch/v1", "Job", """{"spec":{"completions":3,"selector":{}},"status":{"succeeded":1,"startTime":"2026-01-01T11:59:00Z"},""" + Meta + "}"),
                Is.EqualTo("x | Running | 1/3 | 60s | 5m |  |  | <none>"));
            Assert.That(Row("v1", "Node", """{"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}],"nodeInfo":{"kubeletVersion":"v1.36.2"}},"metadata":{"name":"n","creationTimestamp":"2026-01-01T11:55:00Z","labels":{"node-role.kubernetes.io/control-plane":""}}}"""),
                Does.StartWith("n | Ready,SchedulingDisabled | control-plane | 5m | v1.36.2 | <none>"));
            Assert.That(Row("autoscaling/v2", "HorizontalPodAutoscaler", """{"spec":{"scaleTargetRef":{"kind":"Deployment","name":"d"},"minReplicas":1,"maxReplicas":5,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}]},""" + Meta + "}"),
                Is.EqualTo("x | Deployment/d | cpu: <unknown>/80% | 1 | 5 | 0 | 5m"));
        });
    }
}

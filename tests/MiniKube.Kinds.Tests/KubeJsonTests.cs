using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class KubeJsonTests
{
    [Test]
    public void Reads_and_writes_upstream_names()
    {
        const string text = """
            {"spec":{"containers":[{"env":[{"name":"A","value":"é"}],"image":"i","name":"c","ports":[{"containerPort":80}],
            "readinessProbe":{"httpGet":{"port":"web"}},"resources":{"limits":{"cpu":"0.5"}}}],"hostPID":true},
            "status":{"podIP":"10.0.0.1","startTime":"2026-01-02T03:04:05Z"},"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}
            """;
        var pod = KubeJson.Read<Pod>(Encoding.UTF8.GetBytes(text));
        Assert.Multiple(() =>
        {
            Assert.That(pod.Spec!.Containers![0].Ports![0].Port, Is.EqualTo(80));
            Assert.That(pod.Spec.Containers[0].ReadinessProbe!.HttpGet!.Port, Is.EqualTo((IntOrString)"web"));
            Assert.That(pod.Spec.Containers[0].Resources!.Limits!["cpu"].MilliValue, Is.EqualTo(500));
            Assert.That(pod.Status!.PodIP, Is.EqualTo("10.0.0.1"));
            Assert.That(KubeJson.ToTree(pod).SameAs(JsonReader.Parse(text.Replace("0.5", "500m", StringComparison.Ordinal))), Is.True);
        });
    }

    [Test]
    public void Lease_times_have_microseconds()
    {
        var lease = new Coordination.Lease
        {
            Spec = new() { RenewTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), LeaseDurationSeconds = 40 },
        };
        Assert.That(Encoding.UTF8.GetString(KubeJson.Write(lease.Spec)),
            Is.EqualTo("""{"leaseDurationSeconds":40,"renewTime":"2026-01-02T03:04:05.000000Z"}"""));
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class ConversionTests
{
    [Test]
    public void An_autoscaler_goes_through_v1_and_loses_nothing()
    {
        const string text = """
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h","annotations":{"a":"b"}},"spec":{"maxReplicas":5,
            "scaleTargetRef":{"kind":"Deployment","name":"d"},"behavior":{"scaleDown":{"selectPolicy":"Min"}},
            "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}},
            {"type":"Pods","pods":{"metric":{"name":"m"},"target":{"type":"AverageValue","averageValue":"1"}}}]},
            "status":{"desiredReplicas":2,"conditions":[{"type":"AbleToScale","status":"True"}]}}
            """;
        var conversion = BuiltInKinds.Find("autoscaling/v1", "HorizontalPodAutoscaler")!.Conversion!;
        var shown = conversion.FromStored(JsonReader.ParseMap(text));
        Assert.Multiple(() =>
        {
            Assert.That(shown.Text("apiVersion"), Is.EqualTo("autoscaling/v1"));
            Assert.That(shown.Map("spec")!.Whole("targetCPUUtilizationPercentage"), Is.EqualTo(80));
            Assert.That(shown.Map("spec")!.Has("metrics"), Is.False);
            Assert.That(conversion.ToStored(shown.CloneMap()).SameAs(JsonReader.Parse(text)), Is.True);
        });
    }

    [Test]
    public void Events_of_both_groups_are_the_same_events()
    {
        const string text = """
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p"},"message":"m","source":{"component":"c"},
            "count":2,"reportingComponent":"c","reason":"R","type":"Normal"}
            """;
        var kind = BuiltInKinds.Find("events.k8s.io/v1", "Event")!;
        var shown = kind.Conversion!.FromStored(JsonReader.ParseMap(text));
        Assert.Multiple(() =>
        {
            Assert.That(kind.Collection, Is.EqualTo(BuiltInKinds.Find("v1", "Event")!.Collection));
            Assert.That(shown.Text("note"), Is.EqualTo("m"));
            Assert.That(shown.Map("regarding")!.Text("name"), Is.EqualTo("p"));
            Assert.That(kind.Conversion.ToStored(shown).SameAs(JsonReader.Parse(text)), Is.True);
        });
    }
}

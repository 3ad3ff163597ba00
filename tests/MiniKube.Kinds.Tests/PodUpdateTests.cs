using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class PodUpdateTests
{
    private static readonly Kind Pod = BuiltInKinds.Of<Pod>();

    private static JsonMap Stored(string spec = "")
    {
        var (pod, error) = Case.Create(Pod, JsonReader.ParseMap(
            """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1"}}}]""" + spec + "}}"));
        Assert.That(error?.Message, Is.Null);
        pod!.Map("metadata")!.Set("resourceVersion", "1");
        return pod;
    }

    private static string[] Change(JsonMap old, string patch)
    {
        var next = old.CloneMap();
        MergePatch.Apply(next, JsonReader.ParseMap(patch));
        return [.. ObjectRules.Update(Pod, next, old).Select(e => $"{e.Reason} {e.Path}")];
    }

    [TestCase("""{"spec":{"containers":[{"name":"c","image":"other","imagePullPolicy":"Always","terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","resources":{"requests":{"cpu":"1"}}}]}}""")]
    [TestCase("""{"metadata":{"labels":{"a":"b"}}}""")]
    [TestCase("""{"spec":{"activeDeadlineSeconds":5}}""")]
    [TestCase("""{"spec":{"tolerations":[{"key":"k","operator":"Exists"}]}}""")]
    [TestCase("""{"spec":{"nodeName":"n"}}""", "FieldValueForbidden spec")]
    [TestCase("""{"spec":{"restartPolicy":"Never"}}""", "FieldValueForbidden spec")]
    [TestCase("""{"spec":{"containers":[{"name":"c","image":"i"},{"name":"d","image":"i"}]}}""",
        "FieldValueRequired spec.containers[0].terminationMessagePolicy", "FieldValueRequired spec.containers[0].imagePullPolicy",
        "FieldValueRequired spec.containers[1].terminationMessagePolicy", "FieldValueRequired spec.containers[1].imagePullPolicy",
        "FieldValueForbidden spec.containers")]
    [TestCase("""{"metadata":{"name":"q"}}""", "FieldValueInvalid metadata.name")]
    public void Little_may_change(string patch, params string[] causes) => Assert.That(Change(Stored(), patch), Is.EqualTo(causes));

    [Test]
    public void Deadlines_only_shrink() => Assert.Multiple(() =>
    {
        var pod = Stored(",\"activeDeadlineSeconds\":10");
        Assert.That(Change(pod, """{"spec":{"activeDeadlineSeconds":5}}"""), Is.Empty);
        Assert.That(Change(pod, """{"spec":{"activeDeadlineSeconds":20}}"""), Is.EqualTo(new[] { "FieldValueInvalid spec.activeDeadlineSeconds" }));
        Assert.That(Change(pod, """{"spec":{"activeDeadlineSeconds":null}}"""), Is.EqualTo(new[] { "FieldValueInvalid spec.activeDeadlineSeconds" }));
    });

    [Test]
    public void Gates_only_go_and_while_there_are_some_the_node_selection_narrows() => Assert.Multiple(() =>
    {
        var pod = Stored(",\"schedulingGates\":[{\"name\":\"g\"}],\"nodeSelector\":{\"a\":\"b\"}");
        Assert.That(Change(pod, """{"spec":{"schedulingGates":null}}"""), Is.Empty);
        Assert.That(Change(pod, """{"spec":{"schedulingGates":[{"name":"g"},{"name":"h"}]}}"""), Is.EqualTo(new[] { "FieldValueForbidden spec.schedulingGates[1].name" }));
        Assert.That(Change(pod, """{"spec":{"nodeSelector":{"c":"d"}}}"""), Is.Empty);
        Assert.That(Change(pod, """{"spec":{"nodeSelector":{"a":"x"}}}"""), Is.EqualTo(new[] { "FieldValueInvalid spec.nodeSelector" }));
    });

    [TestCase("Never", "{}", 1, false)]
    [TestCase("OnFailure", "{}", 0, false)]
    [TestCase("OnFailure", "{}", 1, true)]
    [TestCase("Always", "{}", 0, true)]
    [TestCase("Never", """{"restartPolicy":"Always"}""", 0, true)]
    [TestCase("Always", """{"restartPolicy":"Never"}""", 1, false)]
    [TestCase("Never", """{"restartPolicy":"Never","restartPolicyRules":[{"action":"Restart","exitCodes":{"operator":"In","values":[42]}}]}""", 42, true)]
    [TestCase("Never", """{"restartPolicyRules":[{"action":"RestartAllContainers","exitCodes":{"operator":"In","values":[42]}}]}""", 0, true)]
    public void What_has_ended_for_good_stays_so(string policy, string own, int code, bool mayReturn)
    {
        static JsonMap Read(string text) => JsonReader.ReadMap(System.Text.Encoding.UTF8.GetBytes(text));
        var container = Read(own);
        container.Set("name", "c");
        JsonMap Pod(string state) => new()
        {
            { "metadata", new JsonMap() }, { "spec", new JsonMap { { "restartPolicy", policy }, { "containers", JsonList.Of(container.CloneMap()) } } },
            { "status", new JsonMap { { "containerStatuses", JsonList.Of(new JsonMap { { "name", "c" }, { "state", Read(state) } }) } } },
        };
        var errors = new List<FieldError>();
        PodUpdateValidation.CheckStatus(Pod("""{"waiting":{"reason":"CrashLoopBackOff"}}"""), Pod($$$"""{"terminated":{"exitCode":{{{code}}}}}"""), errors);
        Assert.That(errors.Select(e => e.Message), Is.EqualTo(mayReturn ? Array.Empty<string>() : ["Forbidden: may not be transitioned to non-terminated state"]));
    }

    [TestCase("""{"requests":{"cpu":"2","memory":"2Gi"},"limits":{"cpu":"4"}}""", null)]
    [TestCase("""{"requests":{"cpu":"1"},"limits":{"cpu":"4"}}""", "spec.resources.requests Forbidden: resource requests cannot be removed")]
    [TestCase("""{"requests":{"cpu":"1","memory":"1Gi","hugepages-2Mi":"2Mi"},"limits":{"cpu":"4","hugepages-2Mi":"2Mi"}}""", "spec Forbidden: only cpu and memory resources are mutable")]
    public void Resize_changes_the_pod_as_a_whole(string resources, string? fault)
    {
        var pod = Stored();
        pod.Map("spec")!.Set("resources", JsonReader.Read("""{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"cpu":"4"}}"""u8));
        pod.Map("spec")!.List("containers")!.Maps().First().Remove("resources");
        var next = pod.CloneMap();
        next.Map("spec")!.Set("resources", JsonReader.Read(System.Text.Encoding.UTF8.GetBytes(resources)));
        Assert.That(PodSubresources.Resize(next, pod).Select(e => $"{e.Path} {e.Message}"), Is.EqualTo(fault is null ? Array.Empty<string>() : [fault]));
    }

    [Test]
    public void Resize_changes_cpu_and_memory_and_nothing_else() => Assert.Multiple(() =>
    {
        var pod = Stored();
        string[] Resize(string path, Json value)
        {
            var next = pod.CloneMap();
            var container = (JsonMap)next.Map("spec")!.List("containers")![0];
            if (path == "image") container.Set("image", value);
            else container.Map("resources")!.Set("requests", value);
            return [.. PodSubresources.Resize(next, pod).Select(e => e.Message)];
        }
        Assert.That(Resize("requests", new JsonMap { { "cpu", "2" } }), Is.Empty);
        Assert.That(Resize("image", "other"), Is.EqualTo(new[] { "Forbidden: only cpu and memory resources are mutable" }));
        Assert.That(Resize("requests", new JsonMap { { "memory", "1Gi" } }), Is.EqualTo(new[] { "Forbidden: resource requests cannot be removed" }));
    });
}

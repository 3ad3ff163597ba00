using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Static;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class StaticPodTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static JsonMap Manifest(string more = "") => (JsonMap)YamlReader.Read($"{{apiVersion: v1, kind: Pod, metadata: {{name: p, labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i}}]{more}}}}}");

    private static JsonMap Static(string more = "") => StaticPods.Of(Manifest(more), "file", "/x/p.yaml", "n", Now).Pod!;

    [Test]
    public void A_manifest_becomes_a_pod_of_the_node()
    {
        var pod = Static();
        var metadata = pod.Map("metadata")!;
        Assert.Multiple(() =>
        {
            Assert.That(metadata.Text("name"), Is.EqualTo("p-n"));
            Assert.That(metadata.Text("namespace"), Is.EqualTo("default"));
            Assert.That(metadata.Map("annotations")!.Text(StaticPods.Hash), Is.EqualTo(metadata.Text("uid")));
            Assert.That(metadata.Map("annotations")!.Text(StaticPods.Source), Is.EqualTo("file"));
            Assert.That(pod.Map("spec")!.Text("nodeName"), Is.EqualTo("n"));
            Assert.That(pod.Map("spec")!.Text("restartPolicy"), Is.EqualTo("Always"));
            Assert.That(pod.Map("spec")!.List("tolerations")!.Maps().Single().Text("effect"), Is.EqualTo("NoExecute"));
            Assert.That(pod.Map("status")!.Text("qosClass"), Is.EqualTo("BestEffort"));
        });
    }

    [Test]
    public void The_same_words_are_the_same_pod_whenever_they_are_read() =>
        Assert.That(StaticPods.Of(Manifest(), "file", "/x/p.yaml", "n", Now.AddDays(1)).Pod!.Map("metadata")!.Text("uid"), Is.EqualTo(Static().Map("metadata")!.Text("uid")));

    [Test]
    public void Other_words_are_another_pod() =>
        Assert.That(Static(", hostNetwork: true").Map("metadata")!.Text("uid"), Is.Not.EqualTo(Static().Map("metadata")!.Text("uid")));

    [TestCase("{apiVersion: apps/v1, kind: Deployment, metadata: {name: p}}", "must be a Pod")]
    [TestCase("{apiVersion: v1, kind: Pod, metadata: {}, spec: {containers: [{name: c}]}}", "no name")]
    [TestCase("{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {}}", "no containers")]
    public void What_is_no_pod_is_refused(string yaml, string why)
    {
        var (pod, fault) = StaticPods.Of((JsonMap)YamlReader.Read(yaml), "file", "/x", "n", Now);
        Assert.That(pod, Is.Null);
        Assert.That(fault, Does.Contain(why).And.StartWith("/x"));
    }

    [Test]
    public void A_missing_mirror_is_made_and_then_left_alone()
    {
        var step = MirrorStep.For(Static(), null, "n", "node-uid");
        Assert.That(step, Is.TypeOf<MirrorStep.Create>());
        var mirror = ((MirrorStep.Create)step!).Object;
        Assert.That(mirror.Map("metadata")!.Has("uid"), Is.False);
        Assert.That(mirror.Map("metadata")!.List("ownerReferences")!.Maps().Single().Text("uid"), Is.EqualTo("node-uid"));
        Assert.That(MirrorStep.For(Static(), Stored(mirror), "n", "node-uid"), Is.Null);
    }

    [Test]
    public void A_mirror_of_another_pod_of_none_or_on_its_way_out_is_deleted()
    {
        var mirror = ((MirrorStep.Create)MirrorStep.For(Static(), null, "n", "u")!).Object;
        Assert.That(MirrorStep.For(Static(", hostNetwork: true"), Stored(mirror), "n", "u"), Is.EqualTo(new MirrorStep.Delete("m")));
        Assert.That(MirrorStep.For(null, Stored(mirror), "n", "u"), Is.EqualTo(new MirrorStep.Delete("m")));
        mirror.Map("metadata")!.Set("deletionTimestamp", "2026-01-01T00:00:00Z");
        Assert.That(MirrorStep.For(Static(), Stored(mirror), "n", "u"), Is.EqualTo(new MirrorStep.Delete("m")));
    }

    [Test]
    public void Other_pods_and_unknown_nodes_are_let_be()
    {
        Assert.That(MirrorStep.For(null, Stored(Manifest()), "n", "u"), Is.Null);
        Assert.That(MirrorStep.For(Static(), null, "n", null), Is.Null);
    }

    [Test]
    public void A_mirror_whose_pod_may_only_not_be_known_yet_is_let_be_unless_somebody_deletes_it()
    {
        var mirror = ((MirrorStep.Create)MirrorStep.For(Static(), null, "n", "u")!).Object;
        Assert.That(MirrorStep.For(null, Stored(mirror), "n", "u", allKnown: false), Is.Null);
        Assert.That(MirrorStep.For(Static(", hostNetwork: true"), Stored(mirror), "n", "u", allKnown: false), Is.EqualTo(new MirrorStep.Delete("m")));
        mirror.Map("metadata")!.Set("deletionTimestamp", "2026-01-01T00:00:00Z");
        Assert.That(MirrorStep.For(null, Stored(mirror), "n", "u", allKnown: false), Is.EqualTo(new MirrorStep.Delete("m")));
    }

    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(120_000)]
    public async Task An_address_that_has_not_answered_yet_leaves_open_which_pods_there_are(bool answers, CancellationToken patience)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        if (!answers) listener.Stop();
        var directory = Directory.CreateTempSubdirectory("minik-static-").FullName;
        await File.WriteAllTextAsync($"{directory}/p.yaml", "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}", patience);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(patience);
        var told = new TaskCompletionSource<(int Pods, bool All)>();
        var source = new ManifestSource(new() { Name = "n", DataDir = directory, PodManifestPath = directory, ManifestUrl = $"http://127.0.0.1:{port}/" }, TimeProvider.System, _ => { });
        var running = source.Run((pods, all) => told.TrySetResult((pods.Count, all)), life.Token);
        if (answers)
        {
            using var client = await listener.AcceptTcpClientAsync(patience);
            const string body = "{apiVersion: v1, kind: Pod, metadata: {name: q}, spec: {containers: [{name: c, image: i}]}}";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}"), patience);
            Assert.That(await told.Task.WaitAsync(patience), Is.EqualTo((2, true)));
        }
        else
        {
            Assert.That(await told.Task.WaitAsync(patience), Is.EqualTo((1, false)));
        }
        await life.CancelAsync();
        await running;
        Directory.Delete(directory, recursive: true);
    }

    private static Item<Pod> Stored(JsonMap pod)
    {
        var copy = pod.CloneMap();
        var metadata = copy.Map("metadata")!.CloneMap();
        metadata.Set("uid", "m");
        copy.Set("metadata", metadata);
        return Resources.Of<Pod>().Item(JsonWriter.ToUtf8(copy));
    }
}

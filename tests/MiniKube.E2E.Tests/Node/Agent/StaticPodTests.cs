using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>Pods that the node's own files declare.</summary>
public abstract class StaticPodTests
{
    private static string Name => $"own-{AgentHost.Node}";

    [Test]
    public async Task What_an_address_declares_runs_and_is_mirrored()
    {
        var name = $"remote-{AgentHost.Node}";
        await Until.Says(() => Minik.Kubectl($"get pod {name}"), "1/1");
        Assert.That(await Of(name, ".metadata.annotations.kubernetes\\.io/config\\.source"), Is.EqualTo("http"));
        // Nothing to tell means that nothing is told: every word to the API would bring the mirror back as a change.
        const string count = "get --raw /metrics";
        async Task<string> Patches() => string.Join('\n', (await Do(count)).Split('\n').Where(l => l.StartsWith("apiserver_request_total{", StringComparison.Ordinal) && l.Contains("verb=\"PATCH\"", StringComparison.Ordinal) && l.Contains("subresource=\"status\"", StringComparison.Ordinal) && l.Contains("resource=\"pods\"", StringComparison.Ordinal)));
        await Until.True(async () => await Patches() == await Patches());
        Remote.Manifest = null;
        await Until.Says(() => Minik.Kubectl($"get pod {name}"), "not found");
    }

    [Test]
    public async Task A_manifest_runs_is_mirrored_changes_and_goes()
    {
        var file = Path.Combine(Manifests, "own.yaml");
        await File.WriteAllTextAsync(file, Pod("own", "command: [sleep, \"1000\"]"));
        await Until.Says(() => Minik.Kubectl($"get pod {Name}"), "1/1");
        Assert.That(await Of(Name, ".metadata.ownerReferences[0].kind"), Is.EqualTo("Node"));
        Assert.That(await Of(Name, ".metadata.annotations.kubernetes\\.io/config\\.source"), Is.EqualTo("file"));
        var hash = await Of(Name, ".metadata.annotations.kubernetes\\.io/config\\.mirror");
        Assert.That(hash, Is.EqualTo(await Of(Name, ".metadata.annotations.kubernetes\\.io/config\\.hash")));

        // Deleting the mirror deletes nothing: it comes back, the container never went.
        var (uid, container) = (await Of(Name, ".metadata.uid"), await Of(Name, ".status.containerStatuses[0].containerID"));
        await Do($"delete pod {Name} --wait=false");
        await Until.True(async () => (await Minik.Kubectl($"get pod {Name} -o jsonpath={{.metadata.uid}}{{.status.phase}}")).Text is var now && now.EndsWith("Running", StringComparison.Ordinal) && !now.StartsWith(uid, StringComparison.Ordinal));
        Assert.That(await Of(Name, ".status.containerStatuses[0].containerID"), Is.EqualTo(container));
        Assert.That(await Do($"exec {Name} -- echo through"), Is.EqualTo("through\n"));

        await File.WriteAllTextAsync(file, Pod("own", "command: [sleep, \"2000\"]"));
        await Until.True(async () => (await Minik.Kubectl($"get pod {Name} -o jsonpath={{.metadata.annotations.kubernetes\\.io/config\\.mirror}}{{.status.phase}}")).Text is var now && now.EndsWith("Running", StringComparison.Ordinal) && !now.StartsWith(hash, StringComparison.Ordinal));

        var last = await Of(Name, ".metadata.annotations.kubernetes\\.io/config\\.mirror");
        await File.WriteAllTextAsync(file, "nonsense: [");
        Assert.That((await Minik.Kubectl($"get pod {Name}")).Text, Does.Contain("Running"));

        File.Delete(file);
        await Until.True(async () => (await Minik.Kubectl($"get pod {Name}")).All.Contains("not found", StringComparison.Ordinal));
        await Until.True(() => !Directory.Exists(Path.Combine(Minik.Directory, "agent", "pods", last)) && !Processes(last).Any());
    }
}

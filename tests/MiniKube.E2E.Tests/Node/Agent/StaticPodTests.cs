using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>Pods that the node's own files declare.</summary>
[TestFixture]
public sealed class StaticPodTests
{
    private static string Name => $"own-{AgentHost.Node}";

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

        await File.WriteAllTextAsync(file, "nonsense: [");
        Assert.That((await Minik.Kubectl($"get pod {Name}")).Text, Does.Contain("Running"));

        File.Delete(file);
        await Until.True(async () => (await Minik.Kubectl($"get pod {Name}")).All.Contains("not found", StringComparison.Ordinal));
        await Until.True(async () => !(await Docker.Docker("ps -a --format {{.Names}}")).Text.Contains("_own-", StringComparison.Ordinal));
    }
}

using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent.OnContainerd;

/// <summary>Over the CRI the node says where logs go: there something may be in the way.</summary>
[TestFixture]
public sealed class LogPlaceTests
{
    [Test]
    public async Task A_log_that_cannot_be_written_is_told_and_passes()
    {
        // A manifest's uid is made of its content: the place of its logs is known before it comes back.
        var (name, file) = ($"logless-{AgentHost.Node}", Path.Combine(Manifests, "logless.yaml"));
        await File.WriteAllTextAsync(file, Pod("logless", "command: [sleep, \"1000\"]"));
        await Until.Says(() => Minik.Kubectl($"get pod {name}"), "1/1");
        var uid = await Of(name, ".metadata.annotations.kubernetes\\.io/config\\.hash");
        File.Delete(file);
        await Until.Says(() => Minik.Kubectl($"get pod {name}"), "not found");
        var place = Path.Combine(Minik.Directory, "agent", "logs", $"default_{name}_{uid}");
        await Until.True(() => !Directory.Exists(Path.Combine(Minik.Directory, "agent", "pods", uid)));
        if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
        await File.WriteAllTextAsync(place, "in the way");
        await File.WriteAllTextAsync(file, Pod("logless", "command: [sleep, \"1000\"]"));
        await Until.Says(() => Minik.Kubectl($"get events -o jsonpath={{range.items[?(@.involvedObject.name==\"{name}\")]}}{{.type}}:{{.message}};{{end}}"), "Warning:");
        await Run("unaffected", "command: [sleep, \"1000\"]");
        File.Delete(place);
        await Until.Says(() => Minik.Kubectl($"get pod {name}"), "1/1");
        File.Delete(file);
        await Gone("unaffected");
    }
}

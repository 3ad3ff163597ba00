using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>An engine that stops answering, and one that starts anew.</summary>
public abstract class EngineTroubleTests
{
    [Test]
    public async Task An_engine_that_hangs_is_the_nodes_trouble_and_passes()
    {
        await Run("steady", "command: [sleep, \"1000\"]");
        var container = await Of("steady", ".status.containerStatuses[0].containerID");
        await Shell.Run("kill", $"-STOP {Engine.Pid}");
        try
        {
            await Until.Says(() => Minik.Kubectl($"get node {AgentHost.Node} -o jsonpath={{range.status.conditions[*]}}{{.type}}={{.status}}:{{.message}};{{end}}"), "Ready=False:container runtime is down: the container engine did not answer within 5 s");
        }
        finally
        {
            await Shell.Run("kill", $"-CONT {Engine.Pid}");
        }
        await Until.Says(() => Minik.Kubectl("get nodes"), " Ready");
        Assert.That(await Of("steady", ".status.containerStatuses[0].containerID:.status.containerStatuses[0].restartCount".Split(':')[0]), Is.EqualTo(container));
        Assert.That(await Do("exec steady -- echo fine"), Is.EqualTo("fine\n"));
        await Gone("steady");
    }

    [Test]
    public async Task After_a_power_cut_every_container_is_started_once_more()
    {
        await Run("cut", "command: [sleep, \"1000\"], volumeMounts: [{name: v, mountPath: /v}]", "volumes: [{name: v, emptyDir: {}}]");
        await Do("exec cut -- touch /v/kept");
        var uid = await Of("cut", ".metadata.uid");
        await Engine.Restart(() => Shell.Run("kill", $"-KILL {string.Join(' ', Processes(uid))}"));
        await Until.Says(() => Minik.Kubectl("get pod cut -o jsonpath={.status.containerStatuses[0].restartCount}:{.status.containerStatuses[0].ready}"), "1:true");
        // A newer containerd that finds nothing of it says that it doesn't know.
        Assert.That(await Of("cut", ".status.containerStatuses[0].lastState.terminated.reason"), Is.EqualTo("Error").Or.EqualTo("Unknown"));
        Assert.That(await Do("exec cut -- ls /v"), Is.EqualTo("kept\n"));
        // Nothing twice: the pause container and the one that was declared.
        await Until.True(() => Processes(uid).Count() == 2);
        await Gone("cut");
    }

    [Test]
    public async Task An_engine_that_restarts_finds_its_containers_and_what_ended_meanwhile_has_its_code()
    {
        await Run("survives", "command: [sh, -c, \"trap 'exit 9' TERM; while true; do sleep 0.1; done\"]", "restartPolicy: Never");
        await Run("ends", "command: [sh, -c, \"trap 'exit 7' TERM; while true; do sleep 0.1; done\"]", "restartPolicy: Never");
        var (stays, goes) = (await Pid("survives"), await Pid("ends"));
        var ends = await Of("ends", ".status.containerStatuses[0].containerID");
        await Engine.Restart(() => Shell.Run("kill", $"-TERM {goes}"));
        await Until.Says(() => Minik.Kubectl("get nodes"), " Ready");
        await Until.Says(() => Minik.Kubectl("get pod ends -o jsonpath={.status.phase}"), "Failed");
        // Newer engines don't know it themselves any more, and then say so.
        var told = await Of("ends", ".status.containerStatuses[0].state.terminated");
        var known = Engine is DockerHost docker ? (await docker.Docker($"inspect -f {{{{.State.ExitCode}}}} {ends.Split("://")[1]}")).Text.Trim() : told.Contains("\"reason\":\"Unknown\"", StringComparison.Ordinal) ? "255" : "7";
        Assert.That(told, Does.Contain($"\"exitCode\":{known},"));
        Assert.That(await Pid("survives"), Is.EqualTo(stays));
        Assert.That(await Of("survives", ".status.containerStatuses[0].restartCount"), Is.EqualTo("0"));
        await Gone("survives");
        await Gone("ends");
    }
}

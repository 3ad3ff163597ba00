using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

[TestFixture("docker")]
[TestFixture("containerd")]
public sealed class AbsentDaemonTests(string kind)
{
    [Test]
    public async Task An_engine_that_is_not_there_is_unreachable()
    {
        await using var daemon = EngineDaemons.Of(kind);
        await using var engine = daemon.Connect("node", "/nonexistent.sock");
        Assert.That(async () => await engine.Version(), Throws.TypeOf<EngineException>().With.Property("Fault").EqualTo(EngineFault.Unreachable)
            .And.Message.EqualTo($"{(kind == "docker" ? "Docker" : kind)} isn't there: /nonexistent.sock doesn't exist; start {(kind == "docker" ? "Docker" : kind)}, or name its socket with --container-runtime-endpoint"));
    }
}

using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

/// <summary>What containerd says of containers that end while they are spoken of.</summary>
[TestFixture]
public sealed class EndingTests
{
    [TestCase("StopContainer", "failed to stop container \"c\": ttrpc: closed: unknown")]
    [TestCase("RemoveContainer", "failed to forcibly stop container \"c\": failed to kill container \"c\": ttrpc: closed: unknown")]
    [TestCase("RemoveContainer", "container \"c\" is still running, to stop first")]
    [TestCase("StopPodSandbox", "failed to stop container \"c\": ttrpc: closed: unknown")]
    [TestCase("RemovePodSandbox", "failed to forcibly stop sandbox \"c\": ttrpc: closed: unknown")]
    public async Task An_end_that_the_engine_has_yet_to_notice_is_asked_for_again(string call, string refusal)
    {
        await using var cri = new FakeCri { Answers = { [call] = [], ["ListContainers"] = [], ["ContainerStatus"] = [] } };
        cri.Refusals.Enqueue((call, refusal));
        cri.Refusals.Enqueue((call, refusal));
        await using var engine = await cri.Start();
        await (call switch
        {
            "StopContainer" => engine.StopContainer("c", TimeSpan.Zero),
            "RemoveContainer" => engine.RemoveContainer("c"),
            "StopPodSandbox" => engine.StopSandbox("c"),
            _ => engine.RemoveSandbox("c"),
        });
        Assert.That(cri.Refusals, Is.Empty);
    }

    [Test]
    public async Task What_an_engine_will_not_do_is_said_at_once()
    {
        await using var cri = new FakeCri { Answers = { ["StopContainer"] = [] } };
        cri.Refusals.Enqueue(("StopContainer", "failed to stop container \"c\": out of luck"));
        await using var engine = await cri.Start();
        Assert.That(async () => await engine.StopContainer("c", TimeSpan.Zero), Throws.TypeOf<EngineException>().With.Message.Contains("out of luck"));
    }
}

using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Node;

namespace MiniKube.Kubelet.Tests;

/// <summary>What is told of a node, from what was known of it and what is.</summary>
[TestFixture]
public sealed class NodeEventTests
{
    private const string Well = "MemoryPressure=False DiskPressure=False PIDPressure=False Ready=True";

    [TestCase("", true, "Starting NodeHasSufficientMemory NodeHasNoDiskPressure NodeHasSufficientPID NodeReady")]
    [TestCase(Well, true, "Starting NodeHasSufficientMemory NodeHasNoDiskPressure NodeHasSufficientPID NodeReady")]
    [TestCase(Well, false, "")]
    [TestCase("MemoryPressure=True DiskPressure=True PIDPressure=False Ready=True", false, "NodeHasSufficientMemory NodeHasNoDiskPressure")]
    [TestCase("MemoryPressure=False DiskPressure=False PIDPressure=False Ready=False", false, "NodeReady")]
    public void Conditions_are_told_when_they_change(string before, bool starting, string reasons) =>
        Assert.That(string.Join(' ', NodeEvents.Of("n", before.Length == 0 ? null : Status(before), Status(Well), starting).Select(e => e.Reason)), Is.EqualTo(reasons));

    [Test]
    public void Trouble_has_its_words() =>
        Assert.That(NodeEvents.Of("n", Status(Well), Status("MemoryPressure=True DiskPressure=True PIDPressure=True Ready=False"), false).Select(e => e.Message),
            Is.EqualTo((string[])["Node n status is now: NodeHasInsufficientMemory", "Node n status is now: NodeHasDiskPressure", "Node n status is now: NodeHasInsufficientPID", "Node n status is now: NodeNotReady"]));

    [TestCase("old", "Warning Rebooted Node n has been rebooted, boot id: new")]
    [TestCase("new", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void Another_boot_is_told(string? boot, string? wanted)
    {
        var told = NodeEvents.Of("n", boot is null ? null : Status(Well, boot), Status(Well, "new"), starting: true).Where(e => e.Reason == "Rebooted").Select(e => $"{e.Type} {e.Reason} {e.Message}");
        Assert.That(told, Is.EqualTo(wanted is null ? Array.Empty<string>() : [wanted]));
    }

    private static NodeStatus Status(string conditions, string boot = "b") => new()
    {
        NodeInfo = new() { BootID = boot }, Conditions = [.. conditions.Split(' ').Select(c => c.Split('=')).Select(p => new NodeCondition { Type = p[0], Status = p[1] })],
    };
}

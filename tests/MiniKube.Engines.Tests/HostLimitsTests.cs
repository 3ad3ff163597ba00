using MiniKube.Engines.Docker;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

[TestFixture]
public sealed class HostLimitsTests
{
    [TestCase("CapBnd:\t000001ffffffffff", true, true, 41)]
    [TestCase("CapBnd:\t000001fffeffffff", false, false, 40)]
    [TestCase("CapBnd:\t00000000a80425fb", false, false, 14)]
    public void What_the_machine_has_is_in_its_bounding_set(string line, bool scores, bool all, int count)
    {
        var limits = HostLimits.Of(["Name:\tx", line]);
        Assert.That((limits.MayLowerOomScore, limits.HasAllCapabilities, limits.Capabilities.Count), Is.EqualTo((scores, all, count)));
    }

    [Test]
    public void What_an_engine_does_not_know_is_left_out()
    {
        var limits = HostLimits.Of(["CapBnd:\t000001fffeffffff"]);
        var fewer = limits.Without("invalid CapAdd: unknown capability: \"CAP_PERFMON\"");
        Assert.That(fewer?.Capabilities, Is.EqualTo(limits.Capabilities.Where(c => c != "PERFMON")));
        Assert.That(limits.Without("invalid CapAdd: unknown capability: \"CAP_NONSENSE\""), Is.Null, "somebody else's mistake");
        Assert.That(limits.Without("no space left"), Is.Null);
    }

    [TestCase(true, false, false, true)]
    [TestCase(false, true, false, true)]
    [TestCase(false, false, false, false)]
    [TestCase(true, false, true, false)]
    public void Everything_is_asked_for_by_name_only_where_it_must_be(bool privileged, bool all, bool hasAll, bool wanted) =>
        Assert.That(DockerBodies.HandsOutAll(new() { Privileged = privileged, AddCapabilities = all ? ["ALL"] : ["KILL"] }, new(hasAll, hasAll, ["KILL"])), Is.EqualTo(wanted));

    [TestCase(null, "")]
    [TestCase("unconfined", "seccomp=unconfined")]
    [TestCase("/p.json", "seccomp=what /p.json says")]
    public void A_profile_is_sent_and_not_named(string? profile, string wanted)
    {
        var spec = new ContainerSpec(new("u", "ns", "p"), "s", "c", 0, "i") { Privileges = new() { Seccomp = profile }, RuntimeHandler = "kata" };
        var host = DockerBodies.Container(spec, "n", new(true, true, []), path => $"what {path} says").Map("HostConfig")!;
        Assert.That(string.Join(' ', (host.List("SecurityOpt") ?? []).Texts()), Is.EqualTo(wanted));
        Assert.That(host.Text("Runtime"), Is.EqualTo("kata"));
    }

    [TestCase(false, true, "0")]
    [TestCase(true, true, null)]
    [TestCase(false, false, null)]
    public void The_newer_loopback_is_on_where_the_pod_has_a_network_of_its_own(bool hostNetwork, bool hasSix, string? off)
    {
        var host = DockerBodies.Sandbox(new(new("u", "ns", "p"), 0, "p") { HostNetwork = hostNetwork }, "n", hasSix).Map("HostConfig")!;
        Assert.That(host.Map("Sysctls")?.Text("net.ipv6.conf.all.disable_ipv6"), Is.EqualTo(off));
    }
}

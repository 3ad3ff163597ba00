using MiniKube.Engines.Containerd;
using MiniKube.Engines.Docker;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

/// <summary>What depends on an engine's abilities: how it tells them, and what is asked of one that has them.</summary>
[TestFixture]
public sealed class AbilityTests
{
    private static readonly PodIdentity Pod = new("uid", "ns", "p");
    private static readonly UserIds Users = new(131_072, 65_536);

    [Test]
    public async Task An_engine_says_what_its_handlers_can_do()
    {
        await using var cri = new FakeCri();
        cri.Answers["Status"] = new()
        {
            { 3, new Proto { { 2, new Proto { { 1, true }, { 2, true } } } } }, { 3, new Proto { { 1, "runc" }, { 2, new Proto { { 1, true } } } } }, { 3, new Proto { { 1, "box" } } },
            { 4, new Proto { { 1, true } } },
        };
        await using var engine = await cri.Start();
        var abilities = await engine.Abilities();
        Assert.That(abilities.Handlers, Is.EqualTo(new HandlerAbilities[] { new("", true, true), new("runc", true, false), new("box", false, false) }));
        Assert.That(abilities.GroupsPolicy, Is.True);
        Assert.That(abilities.Of("none"), Is.Null);
    }

    [Test]
    public async Task An_engine_that_says_nothing_can_nothing()
    {
        await using var cri = new FakeCri { Answers = { ["Status"] = [] } };
        await using var engine = await cri.Start();
        Assert.That((await engine.Abilities()).Handlers, Is.Empty);
        Assert.That((await engine.Abilities()).GroupsPolicy, Is.Null);
    }

    [Test]
    public async Task A_pod_with_users_of_its_own_has_them_everywhere()
    {
        await using var cri = new FakeCri { Answers = { ["Status"] = [] } };
        await using var engine = await cri.Start();
        var sandbox = await engine.RunSandbox(new(Pod, 0, "p") { Users = Users, RuntimeHandler = "crun" });
        Assert.That(sandbox.Users, Is.EqualTo(Users), "the labels keep them");
        Assert.That(cri.Asked("RunPodSandbox").Text(2), Is.EqualTo("crun"));
        IsMapped(cri.Asked("RunPodSandbox").Message(1).Message(8).Message(2).Message(1).Message(5));

        await engine.CreateContainer(new(Pod, sandbox.Id, "c", 0, "i")
        {
            Users = Users, StopSignal = "SIGUSR1", Mounts = [new("/a", "/b", true) { RecursiveReadOnly = true }, new("/image", "/i", true) { OfItsUsers = true }], Privileges = new() { UnmaskedProc = true, StrictGroups = true },
        });
        var container = cri.Asked("CreateContainer").Message(2);
        var security = container.Message(15).Message(2);
        IsMapped(security.Message(3).Message(5));
        IsMapped(cri.Asked("CreateContainer").Message(3).Message(8).Message(2).Message(1).Message(5));
        var (mount, image) = (container.Messages(7).First(), container.Messages(7).Last());
        Assert.That(image.Has(6) || image.Has(7), Is.False, "the kernel shows only once with other owners");
        Assert.That(mount.Messages(6).Concat(mount.Messages(7)).Select(Ids), Is.EqualTo(new[] { Users, Users }), "files belong to whom they would belong to without");
        Assert.That((mount.Flag(3), mount.Flag(8)), Is.EqualTo((true, true)));
        Assert.That((security.Has(13), security.Has(14), security.Whole(17)), Is.EqualTo((false, false, 1L)));
        Assert.That(container.Whole(18), Is.EqualTo(29));
    }

    [Test]
    public async Task Any_other_pod_has_the_machines_users()
    {
        const long ofTheNode = 2;
        await using var cri = new FakeCri { Answers = { ["Status"] = [] } };
        await using var engine = await cri.Start();
        var sandbox = await engine.RunSandbox(new(Pod, 0, "p"));
        await engine.CreateContainer(new(Pod, sandbox.Id, "c", 0, "i") { Mounts = [new("/a", "/b", true)] });
        var container = cri.Asked("CreateContainer").Message(2);
        foreach (var namespaces in (ProtoMessage[])[cri.Asked("RunPodSandbox").Message(1).Message(8).Message(2).Message(1), container.Message(15).Message(2).Message(3)])
            Assert.That((namespaces.Message(5).Whole(1), namespaces.Message(5).Has(2)), Is.EqualTo((ofTheNode, false)));
        Assert.That((sandbox.Users, cri.Asked("RunPodSandbox").Has(2)), Is.EqualTo(((UserIds?)null, false)));
        Assert.That(container.Messages(7).Single() is var mount && (mount.Has(6) || mount.Has(7) || mount.Has(8)), Is.False);
        Assert.That(container.Message(15).Message(2).Texts(13), Does.Contain("/proc/kcore"));
        Assert.That(container.Has(18), Is.False);
    }

    [Test]
    public void What_a_newer_engine_tells_of_a_container_is_heard()
    {
        // Groups packed together, as Go writes them.
        var user = new Proto { { 1, 1000 }, { 2, 2000 }, { 3, (ReadOnlyMemory<byte>)new byte[] { 5, 0xAC, 2 } } };
        var told = CriStates.Container(new(new Proto { { 1, new Proto { { 1, "c" }, { 18, new Proto { { 1, user } } }, { 19, 23 } } } }.Bytes));
        Assert.That((told.User!.User, told.User.Group, told.StopSignal), Is.EqualTo((1000L, 2000L, "SIGTERM")));
        Assert.That(told.User.Groups, Is.EqualTo(new long[] { 5, 300 }));
        var silent = CriStates.Container(new(new Proto { { 1, new Proto { { 1, "c" } } } }.Bytes));
        Assert.That((silent.User, silent.StopSignal), Is.EqualTo(((ProcessUser?)null, (string?)null)));
    }

    [TestCase(null, 0)]
    [TestCase("SIGABRT", 1)]
    [TestCase("SIGHUP", 8)]
    [TestCase("SIGUSR2", 30)]
    [TestCase("SIGXFSZ", 34)]
    [TestCase("SIGRTMIN", 35)]
    [TestCase("SIGRTMIN+15", 50)]
    [TestCase("SIGRTMAX-14", 51)]
    [TestCase("SIGRTMAX-1", 64)]
    [TestCase("SIGRTMAX", 65)]
    public void Signals_are_counted_by_their_names(string? name, int number)
    {
        Assert.That(CriSignals.Of(name), Is.EqualTo(number));
        Assert.That(CriSignals.Name(number), Is.EqualTo(name));
    }

    [Test]
    public async Task A_checkpoint_is_asked_for_and_refused_in_the_engines_words()
    {
        await using var cri = new FakeCri { Answers = { ["CheckpointContainer"] = [] } };
        await using var engine = await cri.Start();
        await engine.Checkpoint("c", "/somewhere.tar", TimeSpan.FromSeconds(7));
        var asked = cri.Asked("CheckpointContainer");
        Assert.That((asked.Text(1), asked.Text(2), asked.Whole(3)), Is.EqualTo(("c", "/somewhere.tar", 7L)));
        cri.Answers.Remove("CheckpointContainer");
        Assert.That(async () => await engine.Checkpoint("c", "/somewhere.tar", default), Throws.TypeOf<EngineException>().With.Message.EqualTo("unknown method CheckpointContainer"));
    }

    [Test]
    public void Docker_is_told_what_runs_a_pod()
    {
        Assert.That(DockerBodies.Sandbox(new(Pod, 0, "p") { RuntimeHandler = "crun" }, "n", hasSix: false).Map("HostConfig")!.Text("Runtime"), Is.EqualTo("crun"));
        Assert.That(DockerBodies.Container(new(Pod, "s", "c", 0, "i") { RuntimeHandler = "crun" }, "n", new(true, true, []), _ => "").Map("HostConfig")!.Text("Runtime"), Is.EqualTo("crun"));
        Assert.That(DockerBodies.Sandbox(new(Pod, 0, "p"), "n", hasSix: false).Map("HostConfig")!.Has("Runtime"), Is.False);
    }

    [TestCase("", "")]
    [TestCase("/kubepods/pod1", "kubepods-pod1.slice")]
    [TestCase("/kubepods/burstable/pod1-2-3", "kubepods-burstable-pod1_2_3.slice")]
    [TestCase("/a-b/pod1", "a_b-pod1.slice")]
    [TestCase("kubepods-pod1.slice", "kubepods-pod1.slice")]
    public void Where_cgroups_are_systemds_parents_are_its_slices(string path, string slice) => Assert.That(CgroupSlices.Of(path), Is.EqualTo(slice));

    [TestCase("true", "kubepods-pod1.slice")]
    [TestCase("false", "/kubepods/pod1")]
    public async Task An_engine_that_leaves_cgroups_to_systemd_is_given_slices(string systemd, string parent)
    {
        var configuration = """{"containerd":{"defaultRuntimeName":"runc","runtimes":{"runc":{"options":{"SystemdCgroup":IT}}}}}""".Replace("IT", systemd, StringComparison.Ordinal);
        await using var cri = new FakeCri { Answers = { ["Status"] = new() { { 2, new Dictionary<string, string> { ["config"] = configuration } } } } };
        await using var engine = await cri.Start();
        Assert.That((await engine.Abilities()).SystemdCgroups, Is.EqualTo(systemd == "true"));
        var sandbox = await engine.RunSandbox(new(Pod, 0, "p") { CgroupParent = "/kubepods/pod1" });
        await engine.CreateContainer(new(Pod, sandbox.Id, "c", 0, "i") { CgroupParent = "/kubepods/pod1" });
        Assert.That((cri.Asked("RunPodSandbox").Message(1).Message(8).Text(1), cri.Asked("CreateContainer").Message(3).Message(8).Text(1)), Is.EqualTo((parent, parent)));
    }

    private static void IsMapped(ProtoMessage users)
    {
        const long ofThePod = 0;
        Assert.That(users.Whole(1), Is.EqualTo(ofThePod));
        Assert.That(users.Messages(2).Concat(users.Messages(3)).Select(Ids), Is.EqualTo(new[] { Users, Users }));
    }

    private static UserIds Ids(ProtoMessage mapping)
    {
        Assert.That(mapping.Whole(2), Is.Zero);
        return new(mapping.Whole(1), mapping.Whole(3));
    }
}

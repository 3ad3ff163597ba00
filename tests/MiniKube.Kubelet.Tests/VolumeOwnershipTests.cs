using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet.Tests;

/// <summary>A volume given to a group. The tests' own group, so that nobody need be root for it.</summary>
[TestFixture]
public sealed class VolumeOwnershipTests
{
    private DirectoryInfo volume = null!;
    private DirectoryInfo elsewhere = null!;
    private uint group;

    [SetUp]
    public void Make()
    {
        volume = Directory.CreateTempSubdirectory("minik-volume-");
        elsewhere = Directory.CreateTempSubdirectory("minik-elsewhere-");
        group = Kernel.Look(volume.FullName)!.Value.Group;
        Directory.CreateDirectory(Path.Combine(volume.FullName, "d"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var file in (string[])[Path.Combine(volume.FullName, "d", "f"), Path.Combine(elsewhere.FullName, "secret")])
        {
            File.WriteAllText(file, "x");
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }
        File.CreateSymbolicLink(Path.Combine(volume.FullName, "out"), Path.Combine(elsewhere.FullName, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(volume.FullName, "outside"), elsewhere.FullName);
    }

    [TearDown]
    public void Clear()
    {
        volume.Delete(recursive: true);
        elsewhere.Delete(recursive: true);
    }

    [Test]
    public void Everything_inside_is_the_groups_and_nothing_that_links_lead_to()
    {
        VolumeOwnership.Give(volume.FullName, group, "Always");
        Assert.Multiple(() =>
        {
            Assert.That(Mode(volume.FullName) & 0b010_111_111_000, Is.EqualTo(0b010_111_111_000), "the volume");
            Assert.That(Mode(Path.Combine(volume.FullName, "d")), Is.EqualTo(0b010_111_111_000));
            Assert.That(Mode(Path.Combine(volume.FullName, "d", "f")), Is.EqualTo(0b110_110_000));
            Assert.That(Mode(Path.Combine(elsewhere.FullName, "secret")), Is.EqualTo(0b100_000_000));
        });
    }

    [TestCase("OnRootMismatch", 0b100_000_000)]
    [TestCase("Always", 0b110_110_000)]
    [TestCase(null, 0b110_110_000)]
    public void Where_the_volume_is_right_already_the_policy_says_whether_to_look_inside(string? policy, int mode)
    {
        File.SetUnixFileMode(volume.FullName, (UnixFileMode)0b010_111_111_000);
        VolumeOwnership.Give(volume.FullName, group, policy);
        Assert.That(Mode(Path.Combine(volume.FullName, "d", "f")), Is.EqualTo(mode));
    }

    private static int Mode(string path) => (int)File.GetUnixFileMode(path);
}

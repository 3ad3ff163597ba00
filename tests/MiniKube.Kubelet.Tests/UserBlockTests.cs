using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet.Tests;

/// <summary>Which of the machine's users are a pod's own.</summary>
[TestFixture]
public sealed class UserBlockTests
{
    private const long Size = UserBlocks.Size;

    private string directory = "";

    [SetUp]
    public void Begin() => directory = Directory.CreateTempSubdirectory("minik-users-").FullName;

    [TearDown]
    public void End() => Directory.Delete(directory, recursive: true);

    /// <summary>Pods come (even) and go (odd), and minik is started anew at any time.</summary>
    [FsCheck.NUnit.Property(MaxTest = 30)]
    public bool Nobody_shares_a_block_and_everybody_keeps_theirs(byte[] steps)
    {
        var root = Directory.CreateTempSubdirectory("minik-users-").FullName;
        try
        {
            var all = new UserIds(3 * Size, 6 * Size);
            var held = new Dictionary<string, UserIds>();
            foreach (var step in steps)
            {
                var pod = $"pod{step % 7}";
                // Made anew: nothing may depend on what it remembers.
                var blocks = new UserBlocks(root, () => (all, null));
                if (step / 7 % 2 == 1)
                {
                    if (held.Remove(pod)) Directory.Delete(new PodDirectory(root, pod).Path, recursive: true);
                    continue;
                }
                if (held.Count == 6 && !held.ContainsKey(pod))
                {
                    try
                    {
                        blocks.Of(pod);
                        return false;
                    }
                    catch (IOException)
                    {
                        continue;
                    }
                }
                var got = blocks.Of(pod);
                if (held.TryGetValue(pod, out var before) ? before != got : held.ContainsValue(got)) return false;
                if (got.Count != Size || got.First % Size != 0 || got.First < all.First || got.First + got.Count > all.First + all.Count) return false;
                held[pod] = got;
            }
            return true;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Test]
    public void The_note_is_upstreams()
    {
        new UserBlocks(directory, () => (new(Size, Size), null)).Of("p");
        const string mapping = """[{"hostId":65536,"containerId":0,"length":65536}]""";
        Assert.That(File.ReadAllText(new PodDirectory(directory, "p").Users), Is.EqualTo($$"""{"uidMappings":{{mapping}},"gidMappings":{{mapping}}}"""));
        Assert.That(Directory.GetFiles(new PodDirectory(directory, "p").Path), Has.Length.EqualTo(1));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("""{"uidMappings":[]}""")]
    public void While_a_note_cannot_be_read_nobody_gets_a_block(string note)
    {
        Directory.CreateDirectory(new PodDirectory(directory, "spoilt").Path);
        File.WriteAllText(new PodDirectory(directory, "spoilt").Users, note);
        var blocks = new UserBlocks(directory, () => (new(Size, 10 * Size), null));
        Assert.That(() => blocks.Of("p"), Throws.TypeOf<IOException>().With.Message.Contains("invalid user namespace mappings file"));
        Directory.Delete(new PodDirectory(directory, "spoilt").Path, recursive: true);
        Assert.That(blocks.Of("p").First, Is.EqualTo(Size));
    }

    [TestCase("", "", "65536+4294836224")]
    [TestCase("root:1:2", "root:1:2", "65536+4294836224")]
    [TestCase("kubelet:65536:7208960", "kubelet:65536:7208960", "65536+7208960")]
    [TestCase("kubelet:65536:7208960", "", "kubelet mappings: user and group mappings differ")]
    [TestCase("kubelet:65536:7208960", "kubelet:131072:7208960", "kubelet mappings: user and group mappings differ")]
    [TestCase("kubelet:0:7208960", "kubelet:0:7208960", "kubelet user assigned ID 0 must be greater or equal to 65536")]
    [TestCase("kubelet:100000:7208960", "kubelet:100000:7208960", "kubelet user assigned ID 100000 is not a multiple of 65536")]
    [TestCase("kubelet:65536:7208961", "kubelet:65536:7208961", "kubelet user assigned IDs length 7208961 is not a multiple of 65536")]
    [TestCase("kubelet:65536:65536", "kubelet:65536:65536", "kubelet user assigned IDs are not enough to support 110 pods")]
    [TestCase("kubelet:65536:7208960\nkubelet:9999974400:65536", "kubelet:65536:7208960\nkubelet:9999974400:65536", "kubelet mappings: expected one range for user \"kubelet\", got 2")]
    public void Where_blocks_lie_is_the_administrators_affair(string users, string groups, string wanted)
    {
        var (ids, fault) = UserBlocks.Place(users.Split('\n'), groups.Split('\n'), 110);
        Assert.That(ids?.ToString() ?? fault, Is.EqualTo(wanted));
    }

    [Test]
    public void Where_no_blocks_can_lie_there_are_none() =>
        Assert.That(() => new UserBlocks(directory, () => (null, "because")).Of("p"), Throws.TypeOf<IOException>().With.Message.EqualTo("because"));

    [TestCase("", "", "can't set `spec.hostUsers: false`, runtime does not support user namespaces")]
    [TestCase("runc", "", "can't set `spec.hostUsers: false`, RuntimeClass handler \"runc\" does not support user namespaces")]
    [TestCase("", "+ runc-", null)]
    [TestCase("runc", "+ runc-", "can't set `spec.hostUsers: false`, RuntimeClass handler \"runc\" does not support user namespaces")]
    [TestCase("box", "+ runc-", "can't set `spec.hostUsers: false`, RuntimeClass handler \"box\" does not support user namespaces: the handler \"box\" is not known")]
    public void Who_cannot_says_so(string handler, string handlers, string? wanted)
    {
        var abilities = new EngineAbilities { Handlers = [.. handlers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(h => new HandlerAbilities(h[..^1], false, h[^1] == '+'))] };
        Assert.That(SandboxStart.UsersRefusal(handler, abilities), Is.EqualTo(wanted));
    }

    [TestCase(null, true, false, null)]
    [TestCase("Disabled", true, false, null)]
    [TestCase("IfPossible", true, true, null)]
    [TestCase("IfPossible", false, false, null)]
    [TestCase("Enabled", true, true, null)]
    [TestCase("Enabled", false, false, "failed to resolve recursive read-only mode: volume \"v\" requested recursive read-only mode, but it is not supported by the runtime")]
    public void What_is_mounted_below_is_read_only_where_it_can_be(string? mode, bool able, bool wanted, string? fault) =>
        Assert.That(Mounts.ReadOnlyBelow(new() { Name = "v", MountPath = "/v", ReadOnly = true, RecursiveReadOnly = mode }, able), Is.EqualTo((wanted, fault)));
}

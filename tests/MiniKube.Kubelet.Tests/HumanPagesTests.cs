using MiniKube.Kubelet.Port;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class HumanPagesTests
{
    [Test]
    public void Flags_are_named_in_order_and_tell_no_secret()
    {
        var page = HumanPages.Flags(new()
        {
            Name = "n1", DataDir = "/data", ManifestUrl = "https://me:secret@example.org/pods?token=secret", Taints = [new("a", "b", "NoSchedule")],
            Labels = new Dictionary<string, string> { ["z"] = "1", ["b"] = "2" },
        });
        Assert.That(page, Does.StartWith("\nkubelet flagz\nWarning: "));
        var flags = page.Split("\n\n")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(flags, Does.Contain("hostname-override=n1").And.Contain("node-labels=b=2,z=1").And.Contain("register-with-taints=a=b:NoSchedule").And.Contain("max-pods=110"));
        Assert.That(flags, Does.Contain("manifest-url=https://example.org/pods"));
        Assert.That(page, Does.Not.Contain("secret"));
        Assert.That(flags.Select(f => f.Split('=')[0]), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
    }

    [Test]
    public void Status_says_since_when()
    {
        var started = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
        var page = HumanPages.Status("v1.36.2", started, started + new TimeSpan(26, 3, 9));
        Assert.That(page, Does.StartWith("\nkubelet statusz\n"));
        Assert.That(page, Does.Contain("\nStarted: Wed Mar 04 05:06:07 UTC 2026\nUp: 26 hr 03 min 09 sec\n").And.Contain("Binary version: 1.36.2\n").And.Contain(" /healthz "));
    }
}

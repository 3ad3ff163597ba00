using MiniKube.Network.Bridge;

namespace MiniKube.Network.Tests;

[TestFixture]
public sealed class SysctlTests
{
    [Test]
    public async Task Where_nothing_was_changed_nothing_is_restored() =>
        Assert.That(await new Sysctls(Path.Combine(Path.GetTempPath(), "minik-nobody-was-here", "network")).Restore(CancellationToken.None), Is.True);
}

// The same tests on each engine, one cluster for all that run on one.
namespace MiniKube.E2E.Tests.Node.Agent.OnDocker
{
    [SetUpFixture]
    public sealed class Setup() : AgentHost("docker");

    [TestFixture]
    public sealed class Isolation : IsolationTests;

    [TestFixture]
    public sealed class KubeletPort : KubeletPortTests;

    [TestFixture]
    public sealed class Lifecycle : LifecycleTests;

    [TestFixture]
    public sealed class Refusal : RefusalTests;

    [TestFixture]
    public sealed class Resize : ResizeTests;

    [TestFixture]
    public sealed class StaticPods : StaticPodTests;

    [TestFixture]
    public sealed class Volume : VolumeTests;

    [TestFixture, Order(100)]
    public sealed class EngineTrouble : EngineTroubleTests;
}

namespace MiniKube.E2E.Tests.Node.Agent.OnContainerd
{
    [SetUpFixture]
    public sealed class Setup() : AgentHost("containerd");

    [TestFixture]
    public sealed class Isolation : IsolationTests;

    [TestFixture]
    public sealed class KubeletPort : KubeletPortTests;

    [TestFixture]
    public sealed class Lifecycle : LifecycleTests;

    [TestFixture]
    public sealed class Refusal : RefusalTests;

    [TestFixture]
    public sealed class Resize : ResizeTests;

    [TestFixture]
    public sealed class StaticPods : StaticPodTests;

    [TestFixture]
    public sealed class Volume : VolumeTests;

    [TestFixture, Order(100)]
    public sealed class EngineTrouble : EngineTroubleTests;
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Engines.Simulated;

/// <summary>One watch on pods for all simulated nodes; a timer per pod only while something is due.</summary>
public sealed class SimulatedKubelet(Caches caches, SimulatedFleet fleet) : Controller<PodLifeSeen>
{
    private readonly Cache<Pod> pods = caches.Of<Pod>();
    private int addresses;

    public override string Name => "simulated-kubelet";

    public override int Parallelism => 128;

    public override void Watch(Triggers triggers) => triggers.On(pods, c =>
        c.New is { Value.Spec.NodeName: { Length: > 0 } node } pod && fleet.Has(node) ? [pod.Key] : []);

    protected override PodLifeSeen? Observe(Turn turn) =>
        pods.Get(turn.Key) is { Value.Spec.NodeName: { Length: > 0 } node } pod && fleet.Has(node)
            ? new(pod, fleet.AddressOf(node), NewAddress, turn.Now)
            : null;

    protected override Plan For(PodLifeSeen seen) => PodLife.For(seen);

    private string NewAddress()
    {
        var n = Interlocked.Increment(ref addresses);
        return $"10.{64 + (n >> 16 & 63)}.{n >> 8 & 255}.{n & 255}";
    }
}

using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Node;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Images;
using MiniKube.Kubelet.Logs;
using MiniKube.Kubelet.Node;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Probes;
using MiniKube.Kubelet.Stats;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet;

/// <summary>What every pod's worker needs of the node. Made once.</summary>
internal sealed class NodeContext : IDisposable
{
    private static readonly ResourceRef RuntimeClasses = Resources.RefOf<RuntimeClass>();

    public NodeContext(NodeOptions options, IApi api, IContainerEngine engine, IPodNetwork network, IServiceEnvironment services, IEventSink events, NodeFacts facts, TimeProvider time)
    {
        (Options, Api, Engine, Network, Events, Facts, Time) = (options, api, engine, network, events, facts, time);
        References = new(api, time);
        Check = new(engine, network.IsPretended);
        Probes = new(time);
        Hooks = new(engine, Check, time);
        Volumes = new(options, api, References, time);
        Kept = new(Path.Combine(options.DataDir, "kept-logs"), options.KeptLogBytes, options.KeptLogAge, time, m => Complain(m));
        Book = new(Path.Combine(options.DataDir, "images.json"));
        Preload = new(engine, options.ImagesDir ?? Path.Combine(options.DataDir, "images"), Book, time, m => Say(m));
        Images = new(engine, new ImagePull(engine, new RegistriesFile(options.RegistriesFiles, m => Complain(m)).Now, Book), Preload.Ready, References, time);
        Blocks = new(options.DataDir, () => UserBlocks.Place(Lines("/etc/subuid"), Lines("/etc/subgid"), options.MaxPods));
        Sandboxes = new(this);
        Starter = new(options, engine, References, Images, new(options, engine, Images, time), Hooks, services, time);
    }

    public NodeOptions Options { get; }
    public IApi Api { get; }
    public IContainerEngine Engine { get; }
    public IPodNetwork Network { get; }
    public IEventSink Events { get; }
    public NodeFacts Facts { get; }
    public TimeProvider Time { get; }
    public References References { get; }
    public ProbeCheck Check { get; }
    public ProbeLoop Probes { get; }
    public Hooks Hooks { get; }
    public VolumeSetup Volumes { get; }
    public KeptLogs Kept { get; }
    public ImageBook Book { get; }
    public ImagePreload Preload { get; }
    public ImageFetch Images { get; }
    public UserBlocks Blocks { get; }
    public SandboxStart Sandboxes { get; }
    public ContainerStart Starter { get; }
    public NodeCounters Counters { get; } = new();

    /// <summary>What was done, for the operator.</summary>
    public Action<string> Say { get; init; } = static _ => { };

    /// <summary>What went wrong where, for the operator.</summary>
    public Action<string> Complain { get; init; } = static _ => { };

    /// <summary>Whether a pod that is new here is taken; why not otherwise.</summary>
    public Func<Pod, EngineAbilities, CancellationToken, ValueTask<PodEnd?>> Accept { get; set; } = static (_, _, _) => new((PodEnd?)null);

    /// <summary>Whether there is room for the amounts a running pod asks for now; why not otherwise.</summary>
    public Func<Pod, ResizeRefusal?> AcceptResize { get; set; } = static _ => null;

    /// <summary>Gives the classes of pods their shares of the processors.</summary>
    public Action ShareClasses { get; set; } = static () => { };

    /// <summary>Whoever is in the node's network has the node's address.</summary>
    public FieldValues.Surroundings Around(PodSeen seen) => new((seen.Spec.HostNetwork == true ? seen.HostIP : seen.PodIP) ?? "", seen.HostIP, Options.Name, Facts.Allocatable());

    /// <summary>How the engine calls the runtime that a pod has chosen; "" for the usual one.</summary>
    public async Task<(string Handler, string? Fault)> RuntimeHandler(string? runtimeClass, CancellationToken cancel)
    {
        if (runtimeClass is not { Length: > 0 } name) return ("", null);
        var found = await Api.Get(RuntimeClasses, null, name, cancel: cancel);
        return found.Ok ? (Resources.Of<RuntimeClass>().Read(found.Value.Json).Handler ?? "", null) : ("", found.Error!.Message);
    }

    /// <summary>What the engine can do, asked for only where a pod wants something out of the ordinary of it.</summary>
    public async Task<EngineAbilities> AbilitiesFor(Pod pod, CancellationToken cancel) =>
        pod.Spec is { HostUsers: false } or { SecurityContext.SupplementalGroupsPolicy: "Strict" } || WantsRecursiveReadOnly(pod)
            ? Facts.Abilities ??= await Engine.Abilities(cancel) : EngineAbilities.None;

    /// <summary>Whether what is mounted for this pod can be made read-only with all that is mounted below it.</summary>
    public async Task<bool> RecursiveReadOnly(Pod pod, CancellationToken cancel) =>
        WantsRecursiveReadOnly(pod) && (await AbilitiesFor(pod, cancel)).Of((await RuntimeHandler(pod.Spec!.RuntimeClassName, cancel)).Handler)?.RecursiveReadOnly == true;

    /// <summary>The pod's users where it has its own, now and for as long as it is here.</summary>
    public UserIds? UsersOf(Pod pod) => pod.Spec?.HostUsers == false ? Blocks.Of(pod.Metadata.Uid!) : null;

    /// <summary>What a pod, or a class of pods, may use as a whole.</summary>
    public void Limit(string cgroup, ContainerResources limits)
    {
        if (!Options.Pretended && Facts.Abilities?.SystemdCgroups != true) PodCgroups.Apply(cgroup, limits);
    }

    /// <summary>What it said stays.</summary>
    public Task Remove(ContainerInfo container, IReadOnlyDictionary<string, string>? labels, CancellationToken cancel)
    {
        Kept.Take(container, labels);
        return Engine.RemoveContainer(container.Id, cancel);
    }

    public void Dispose()
    {
        Kept.Dispose();
        Probes.Dispose();
        References.Dispose();
    }

    private static bool WantsRecursiveReadOnly(Pod pod) =>
        pod.Spec is { } spec && PodContainers.Of(spec).Any(c => (c.Container.VolumeMounts ?? []).Any(m => m.RecursiveReadOnly is "Enabled" or "IfPossible"));

    private static IEnumerable<string> Lines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];

    public static string QosOf(Pod pod) => pod.Status?.QosClass ?? "BestEffort";
}

using System.Globalization;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Images;
using MiniKube.Kubelet.Pods;
using MiniKube.Kubelet.Volumes;

namespace MiniKube.Kubelet.Containers;

/// <summary>From a declared container to a running one: image, environment, mounts, privileges, limits, start, hook. What goes wrong is a reason and a message.</summary>
internal sealed class ContainerStart(NodeOptions node, IContainerEngine engine, References references, ImageFetch images, ImageVolumes imageVolumes, Hooks hooks, IServiceEnvironment services, TimeProvider time)
{
    private const string LastWordsPath = "/dev/termination-log";

    public async Task<StartTrouble?> Run(PodSeen seen, PodStep.Start step, VolumesReady volumes, FieldValues.Surroundings around, string qos, long nodeMemory, PodEvents podEvents,
        Action onChange, CancellationToken cancel)
    {
        var (pod, container, sandbox) = (seen.Pod, step.Container, seen.Sandbox!);
        var events = podEvents.For(container.Name!, step.Kind);
        if (step.Discard is { } discarded) await engine.RemoveContainer(discarded, cancel);

        var (image, missing) = await images.Ensure(pod, container, events, cancel);
        if (missing is not null) return missing;
        if (await imageVolumes.Ready(pod, container, sandbox, events, cancel) is { } unready) return unready;

        StartTrouble Refused(string reason, string message)
        {
            events.Warning("Failed", $"Error: {message}");
            return new(reason, message, time.GetUtcNow() + Restarts.First / 5);
        }

        if (Privileges.RootRefusal(seen.Spec, container, image?.User ?? "", seen.Identity.Name, seen.Identity.Namespace, seen.Identity.Uid) is { } refusal) return Refused("CreateContainerConfigError", refusal);
        var sources = await Sources(pod, container, volumes.Paths, around, onChange, cancel);
        var (environment, fault) = ContainerEnvironment.Of(pod, container, sources);
        if (fault is not null) return Refused("CreateContainerConfigError", fault);
        var lookup = environment.ToDictionary(e => e.Key, e => e.Value);
        var directory = new PodDirectory(node.DataDir, seen.Identity.Uid);
        var (mounts, unmounted) = Mounts.Of(container, seen.Spec, volumes.Paths, directory, lookup.GetValueOrDefault, seen.RecursiveReadOnly);
        if (unmounted is not null) return Refused("CreateContainerConfigError", unmounted);

        var spec = new ContainerSpec(seen.Identity, sandbox.Id, container.Name!, step.Attempt, container.Image!)
        {
            Hostname = PodNames.OfKernel(pod, node.ClusterDomain).Name, RuntimeHandler = sandbox.RuntimeHandler, Environment = environment, WorkingDir = container.WorkingDir,
            Entrypoint = container.Command?.Select(a => Expansion.Expand(a, lookup.GetValueOrDefault)).ToArray(),
            Arguments = container.Args?.Select(a => Expansion.Expand(a, lookup.GetValueOrDefault)).ToArray(),
            Mounts = [.. mounts, .. OwnMounts(container, mounts, directory, step.Attempt, seen.Spec)],
            Resources = ResourceLimits.Of(seen.Spec, container, qos, nodeMemory), Privileges = Privileges.Of(seen.Spec, container, Path.Combine(node.DataDir, "seccomp")),
            CgroupParent = PodCgroup.Path(node.CgroupRoot, qos, seen.Identity.Uid), Stdin = container.Stdin == true, StdinOnce = container.StdinOnce == true, Tty = container.Tty == true,
            HostNetwork = seen.Spec.HostNetwork == true, HostPid = seen.Spec.HostPID == true, HostIpc = seen.Spec.HostIPC == true, SharePid = seen.Spec.ShareProcessNamespace == true,
            PidOfContainer = Target(seen, container.Name!), StopSignal = container.Lifecycle?.StopSignal, Users = sandbox.Users,
            Labels = new Dictionary<string, string>
            {
                [Labels.BackOff] = ((long)step.BackOff.TotalSeconds).ToString(CultureInfo.InvariantCulture), [Labels.Hash] = ContainerHash.Of(container),
                [Labels.Role] = $"{step.Kind}", [Labels.StopSignal] = container.Lifecycle?.StopSignal ?? "",
                [Labels.GracePeriod] = (seen.Spec.TerminationGracePeriodSeconds ?? 30).ToString(CultureInfo.InvariantCulture),
            },
        };
        string id;
        try
        {
            id = await engine.CreateContainer(spec, cancel);
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            return Refused("CreateContainerError", e.Message);
        }
        events.Normal("Created", "Container created");
        try
        {
            await engine.StartContainer(id, cancel);
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            events.Warning("Failed", $"Error: {e.Message}");
            return new("RunContainerError", e.Message, time.GetUtcNow());
        }
        events.Normal("Started", "Container started");
        return container.Lifecycle?.PostStart is { } hook ? await PostStart(seen, container, hook, id, podEvents, events, cancel) : null;
    }

    private async Task<StartTrouble?> PostStart(PodSeen seen, Container container, LifecycleHandler hook, string id, PodEvents podEvents, PodEvents events, CancellationToken cancel)
    {
        var running = new ContainerInfo(id, seen.Identity, container.Name!, 0, ContainerPhase.Running);
        if (await hooks.Run(hook, seen.Identity, container, running, seen.PodIP ?? seen.HostIP, cancel) is not { } fault) return null;
        events.Warning("FailedPostStartHook", "PostStartHook failed");
        events.Normal("Killing", "FailedPostStartHook");
        using var stop = new StopWork(engine, hooks, time, seen, new(running, TimeSpan.FromSeconds(seen.Spec.TerminationGracePeriodSeconds ?? 30), ""), container, podEvents);
        await stop.Run(cancel);
        return new("PostStartHookError", fault, time.GetUtcNow());
    }

    /// <summary>Everything the environment needs is fetched first, so that putting it together is a pure matter.</summary>
    private async Task<ContainerEnvironment.Sources> Sources(Pod pod, Container container, IReadOnlyDictionary<string, string> volumes, FieldValues.Surroundings around, Action onChange, CancellationToken cancel)
    {
        var (ns, uid) = (pod.Metadata.Namespace!, pod.Metadata.Uid!);
        var maps = new Dictionary<string, ConfigMap?>();
        var secrets = new Dictionary<string, Secret?>();
        foreach (var name in (container.EnvFrom ?? []).Select(e => e.ConfigMapRef?.Name).Concat((container.Env ?? []).Select(e => e.ValueFrom?.ConfigMapKeyRef?.Name)).OfType<string>().Distinct())
            maps[name] = await references.Get<ConfigMap>(ns, name, uid, onChange, cancel);
        foreach (var name in (container.EnvFrom ?? []).Select(e => e.SecretRef?.Name).Concat((container.Env ?? []).Select(e => e.ValueFrom?.SecretKeyRef?.Name)).OfType<string>().Distinct())
            secrets[name] = await references.Get<Secret>(ns, name, uid, onChange, cancel);
        return new(maps.GetValueOrDefault, secrets.GetValueOrDefault, around, services.For(ns, pod.Spec?.EnableServiceLinks != false))
        {
            VolumeFile = (volume, path) => volumes.TryGetValue(volume, out var place) ? SubPaths.Read(place, path) : null,
        };
    }

    private static IEnumerable<MountSpec> OwnMounts(Container container, IReadOnlyList<MountSpec> taken, PodDirectory directory, int attempt, PodSpec spec)
    {
        bool Free(string path) => taken.All(m => m.ContainerPath != path);
        if (Free("/etc/hosts")) yield return new(directory.Hosts, "/etc/hosts", false);
        if (Free("/etc/resolv.conf")) yield return new(directory.ResolvConf, "/etc/resolv.conf", false);
        var words = directory.LastWords(container.Name!, attempt);
        Directory.CreateDirectory(Path.GetDirectoryName(words)!);
        File.WriteAllBytes(words, []);
        File.SetUnixFileMode(words, (UnixFileMode)0b110_110_110);
        yield return new(words, container.TerminationMessagePath is { Length: > 0 } path ? path : LastWordsPath, false);
    }

    private static string? Target(PodSeen seen, string name) =>
        seen.Spec.EphemeralContainers?.FirstOrDefault(e => e.Name == name)?.TargetContainerName is { Length: > 0 } target ? seen.Current(target)?.Id : null;
}

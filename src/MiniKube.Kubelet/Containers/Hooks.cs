using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Probes;

namespace MiniKube.Kubelet.Containers;

/// <summary>Runs a lifecycle handler; null when it went well, otherwise what to say about it.</summary>
internal sealed class Hooks(ProbeCheck check, TimeProvider time)
{
    public async Task<string?> Run(LifecycleHandler handler, Container container, ContainerInfo running, string podIP, CancellationToken cancel)
    {
        if (handler.Sleep is { } sleep)
        {
            await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds ?? 0), time, cancel);
            return null;
        }
        if (handler.Exec is { } exec)
        {
            var answer = await check.Run(exec, running, TimeSpan.FromHours(24), cancel);
            return answer.Success ? null : $"Exec lifecycle hook ([{string.Join(' ', exec.Command ?? [])}]) for Container \"{container.Name}\" failed: {answer.Output}";
        }
        if (handler.HttpGet is { } get)
        {
            var answer = await check.Get(get, container, podIP, cancel, "kube-lifecycle/1.36");
            // Any answer will do; only no answer is a failure.
            return answer.Success || answer.Output.StartsWith("HTTP probe failed", StringComparison.Ordinal) ? null : $"HTTP lifecycle hook ({get.Path}) for Container \"{container.Name}\" failed: {answer.Output}";
        }
        return null;
    }
}

using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl drain: a node without pods, as far as budgets allow.</summary>
internal static class DrainVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public static readonly Verb Verb = new("drain", "Drain node in preparation for maintenance", "kubectl drain NODE [options]")
    {
        Flags =
        [
            CommonFlags.Selector, CommonFlags.DryRun, FlagSpec.Switch("delete-emptydir-data", "Also pods whose data ends with them"), FlagSpec.Switch("disable-eviction", "Delete, whatever budgets say"),
            FlagSpec.Switch("force", "Also pods that nobody makes again"), FlagSpec.Number("grace-period", "Seconds to end in; negative is the pod's own", -1), FlagSpec.Switch("ignore-daemonsets", "Leave the pods of daemon sets"),
            FlagSpec.Text("pod-selector", "Only pods with these labels"), FlagSpec.Duration("timeout", "Give up after this; 0 is never"), FlagSpec.Number("skip-wait-for-delete-timeout", "Don't wait for pods deleted longer ago than so many seconds"), FlagSpec.Number("chunk-size", "Accepted and not needed", 500),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var code = 0;
        foreach (var node in await NodeVerbs.Nodes(call))
        {
            await NodeVerbs.Mark(call, node, unschedulable: true);
            var pods = await PodChoice.Pods(call);
            var all = await Subjects.List(call, pods, null, call.Text("pod-selector"), $"spec.nodeName={node.Name}");
            var verdict = DrainPlan.For(all, call.Switch("force"), call.Switch("ignore-daemonsets"), call.Switch("delete-emptydir-data"));
            if (verdict.Faults.Count > 0)
            {
                await call.Out.FlushAsync();
                call.Error.WriteLine($"error: unable to drain node \"{node.Name}\" due to error: {(verdict.Faults.Count > 1 ? "[" : "")}{string.Join(", ", verdict.Faults)}{(verdict.Faults.Count > 1 ? "]" : "")}, continuing command...");
                call.Error.WriteLine($"There are pending nodes to be drained:\n {node.Name}");
                foreach (var fault in verdict.Faults) call.Error.WriteLine(fault);
                code = 1;
                continue;
            }
            if (verdict.Warnings.Count > 0) call.Error.WriteLine($"Warning: {string.Join("; ", verdict.Warnings)}");
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(call.Stop);
            if (call.Words.Duration("timeout") is var limit && limit > TimeSpan.Zero) patience.CancelAfter(limit);
            try
            {
                await Task.WhenAll(verdict.Leaving.Select(p => Remove(call, new Subject(pods, p.Namespace(), p.Name()) { Object = p }, patience.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or Failure && patience.IsCancellationRequested && !call.Stop.IsCancellationRequested)
            {
                await call.Out.FlushAsync();
                call.Error.WriteLine($"There are pending nodes to be drained:\n {node.Name}");
                throw new Failure($"error when waiting for pods to leave node \"{node.Name}\": global timeout reached: {GoDuration.Text(call.Words.Duration("timeout"))}");
            }
            call.Out.WriteLine($"node/{node.Name} drained{call.DryRunSuffix}");
        }
        return code;
    }

    private static async Task Remove(Call call, Subject pod, CancellationToken cancel)
    {
        var (ns, name) = (pod.Namespace, pod.Name);
        if (call.DryRun == DryRun.Client)
        {
            call.Out.WriteLine($"evicting pod {ns}/{name}{call.DryRunSuffix}");
            return;
        }
        var options = new JsonMap();
        if (call.Words.Number("grace-period") is >= 0 and var grace) options.Set("gracePeriodSeconds", grace);
        if (call.DryRun == DryRun.Server) options.Set("dryRun", JsonList.Of("All"));
        call.Out.WriteLine(call.Switch("disable-eviction") ? $"deleting pod {ns}/{name}" : $"evicting pod {ns}/{name}");
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (call.Switch("disable-eviction")) await call.Api.Delete(pod.Path, options);
                else await call.Api.Post(pod.Sub("eviction"), new JsonMap { { "apiVersion", "policy/v1" }, { "kind", "Eviction" }, { "metadata", new JsonMap { { "name", name }, { "namespace", ns! } } }, { "deleteOptions", options.Clone() } });
                break;
            }
            catch (Refusal refusal) when (refusal.Error.Code == 404)
            {
                return;
            }
            catch (Refusal refusal) when (refusal.Error.Code == 429)
            {
                call.Error.WriteLine($"error when evicting pods/\"{name}\" -n \"{ns}\" (will retry after 5s): {refusal.Error.Message}");
                await Task.Delay(Pause, call.Around.Time, cancel);
            }
        }
        if (call.DryRun == DryRun.Server) return;
        await Departure.Wait(call, pod, pod.Object.Uid(), call.Words.Duration("timeout"));
        call.Out.WriteLine($"pod/{name} {(call.Switch("disable-eviction") ? "deleted" : "evicted")}");
    }
}

/// <summary>Which pods go, and why some may not.</summary>
internal sealed record DrainPlan(IReadOnlyList<JsonMap> Leaving, IReadOnlyList<string> Faults, IReadOnlyList<string> Warnings)
{
    private const string Mirror = "kubernetes.io/config.mirror";

    public static DrainPlan For(IReadOnlyList<JsonMap> pods, bool force, bool ignoreDaemonSets, bool deleteData)
    {
        var (leaving, unmanaged, local, daemons) = (new List<JsonMap>(), new List<string>(), new List<string>(), new List<string>());
        foreach (var pod in pods)
        {
            var name = $"{pod.Namespace()}/{pod.Name()}";
            var over = pod.Status().Text("phase") is "Succeeded" or "Failed";
            var owner = pod.Meta().Maps("ownerReferences").FirstOrDefault(o => o.Bool("controller") == true);
            if (pod.Meta().Map("annotations")?.Has(Mirror) == true) continue;
            if (!over && owner?.Text("kind") == "DaemonSet")
            {
                daemons.Add(name);
                continue;
            }
            if (!over && pod.Spec().Maps("volumes").Any(v => v.Has("emptyDir"))) local.Add(name);
            if (!over && owner is null) unmanaged.Add(name);
            leaving.Add(pod);
        }
        var (faults, warnings) = (new List<string>(), new List<string>());
        void Judge(List<string> found, bool allowed, string fault, string? warning)
        {
            if (found.Count == 0) return;
            if (!allowed) faults.Add($"{fault}: {string.Join(", ", found)}");
            else if (warning is not null) warnings.Add($"{warning}: {string.Join(", ", found)}");
        }
        Judge(daemons, ignoreDaemonSets, "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)", "ignoring DaemonSet-managed Pods");
        Judge(local, deleteData, "cannot delete Pods with local storage (use --delete-emptydir-data to override)", null);
        Judge(unmanaged, force, "cannot delete Pods that declare no controller (use --force to override)", "deleting Pods that declare no controller");
        return new(leaving, faults, warnings);
    }
}

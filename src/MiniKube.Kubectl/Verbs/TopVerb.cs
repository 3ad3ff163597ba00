using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl top: what nodes and pods use.</summary>
internal static class TopVerb
{
    private static readonly FlagSpec[] Common = [CommonFlags.Selector, FlagSpec.Switch("no-headers", "No line of headers"), FlagSpec.Text("sort-by", "cpu or memory"), FlagSpec.Switch("use-protocol-buffers", "Accepted and not needed", on: true)];

    public static readonly Verb Verb = new("top", "Display resource (CPU/memory) usage", "kubectl top [flags] [options]")
    {
        Verbs =
        [
            new("node", "Display resource (CPU/memory) usage of nodes", "kubectl top node [NAME | -l label] [options]") { Aliases = ["nodes", "no"], Flags = [.. Common, FlagSpec.Switch("show-capacity", "Parts of all there is, not of what pods may have")], Run = Nodes },
            new("pod", "Display resource (CPU/memory) usage of pods", "kubectl top pod [NAME | -l label] [options]") { Aliases = ["pods", "po"], Flags = [.. Common, CommonFlags.AllNamespaces, CommonFlags.FieldSelector, FlagSpec.Switch("containers", "Each container"), FlagSpec.Switch("sum", "And all together")], Run = Pods },
        ],
    };

    private static async Task<int> Nodes(Call call)
    {
        var used = await Metrics(call, "nodes", null);
        if (used.Count == 0) return Nothing(call);
        var nodes = (await Subjects.List(call, (await call.Discover()).Get("nodes"), null, call.Text("selector"))).ToDictionary(n => n.Name());
        var lines = Sorted(call, used, m => m.Map("usage") ?? []).Where(m => nodes.ContainsKey(m.Name())).Select(m =>
        {
            var all = nodes[m.Name()].Status().Map(call.Switch("show-capacity") ? "capacity" : "allocatable") ?? [];
            var (cpu, memory) = (Quantity.Parse(m.Map("usage")?["cpu"]), Quantity.Parse(m.Map("usage")?["memory"]));
            return $"{m.Name()}\t{cpu.MilliValue}m\t{Part(cpu, all["cpu"])}%\t{memory.Value >> 20}Mi\t{Part(memory, all["memory"])}%\n";
        });
        call.Out.Write(new TabText(6, 3).Format((call.Switch("no-headers") ? "" : "NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\n") + string.Concat(lines)));
        return 0;
    }

    private static async Task<int> Pods(Call call)
    {
        var used = await Metrics(call, "pods", call.Everywhere ? null : call.Namespace);
        if (used.Count == 0) return Nothing(call);
        var (each, lines) = (call.Switch("containers"), new List<string>());
        JsonMap Together(JsonMap pod) => new() { { "cpu", Sum(pod, "cpu").ToString() }, { "memory", Sum(pod, "memory").ToString() } };
        foreach (var pod in Sorted(call, used, Together))
        {
            var ns = call.Everywhere ? pod.Namespace() + "\t" : "";
            if (each) lines.AddRange(pod.Maps("containers").Select(c => $"{ns}{pod.Name()}\t{c.Text("name")}\t{Amounts(Quantity.Parse(c.Map("usage")?["cpu"]), Quantity.Parse(c.Map("usage")?["memory"]))}\n"));
            else lines.Add($"{ns}{pod.Name()}\t{Amounts(Sum(pod, "cpu"), Sum(pod, "memory"))}\n");
        }
        if (call.Switch("sum"))
        {
            var indent = (call.Everywhere ? "\t" : "") + (each ? "\t" : "");
            lines.Add($"{indent}\t________\t________\n");
            lines.Add($"{indent}\t{Amounts(used.Aggregate(Quantity.Zero, (s, p) => s + Sum(p, "cpu")), used.Aggregate(Quantity.Zero, (s, p) => s + Sum(p, "memory")))}\n");
        }
        var head = call.Switch("no-headers") ? "" : $"{(call.Everywhere ? "NAMESPACE\t" : "")}{(each ? "POD\tNAME" : "NAME")}\tCPU(cores)\tMEMORY(bytes)\n";
        call.Out.Write(new TabText(6, 3).Format(head + string.Concat(lines)));
        return 0;
    }

    private static async Task<List<JsonMap>> Metrics(Call call, string plural, string? ns)
    {
        if (call.Text("sort-by") is not ("" or "cpu" or "memory")) throw new Failure("--sort-by accepts only cpu or memory");
        if ((await call.Discover()).All.All(r => r.Group != "metrics.k8s.io")) throw new Failure("Metrics API not available");
        var type = new ApiResource("metrics.k8s.io", "v1beta1", plural, plural, "", ns is not null);
        if (call.Arguments.Count > 0) return [await call.Api.Get(type.Path(ns, call.Arguments[0]))];
        return [.. (await call.Api.Get(type.Path(ns) + Query.Of(("labelSelector", call.Text("selector")), ("fieldSelector", call.Words.Knows("field-selector") ? call.Text("field-selector") : "")))).Maps("items")];
    }

    private static int Nothing(Call call)
    {
        call.Error.WriteLine(call.Words.Knows("all-namespaces") && !call.Everywhere ? $"No resources found in {call.Namespace} namespace." : "No resources found");
        return 0;
    }

    private static IEnumerable<JsonMap> Sorted(Call call, List<JsonMap> all, Func<JsonMap, JsonMap> usage) => call.Text("sort-by") is { Length: > 0 } by
        ? all.OrderByDescending(m => Quantity.Parse(usage(m)[by]))
        : all.OrderBy(m => m.Namespace(), StringComparer.Ordinal).ThenBy(m => m.Name(), StringComparer.Ordinal);

    private static Quantity Sum(JsonMap pod, string what) => pod.Maps("containers").Aggregate(Quantity.Zero, (sum, c) => sum + Quantity.Parse(c.Map("usage")?[what]));

    private static string Amounts(Quantity cpu, Quantity memory) => $"{cpu.MilliValue}m\t{memory.Value >> 20}Mi";

    private static long Part(Quantity used, Json? all) => Quantity.Parse(all) is { IsZero: false } whole ? (long)(used.ToDouble() * 100 / whole.ToDouble()) : 0;
}

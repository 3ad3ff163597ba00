using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

/// <summary>Amounts the way the scheduler adds and compares them: thousandths of a CPU, bytes, counts.</summary>
public sealed record Amounts(long MilliCpu, long Memory, long EphemeralStorage, IReadOnlyDictionary<string, long> Extended)
{
    private static readonly IReadOnlyDictionary<string, long> Nothing = new Dictionary<string, long>();

    public static readonly Amounts None = new(0, 0, 0, Nothing);

    public static Amounts Of(IReadOnlyDictionary<string, Quantity>? list)
    {
        if (list is null || list.Count == 0) return None;
        long cpu = 0, memory = 0, storage = 0;
        Dictionary<string, long>? extended = null;
        foreach (var (name, quantity) in list)
        {
            switch (name)
            {
                case "cpu": cpu = quantity.MilliValue; break;
                case "memory": memory = quantity.Value; break;
                case "ephemeral-storage": storage = quantity.Value; break;
                case "pods": break;
                default: (extended ??= [])[name] = quantity.Value; break;
            }
        }
        return new(cpu, memory, storage, extended ?? Nothing);
    }

    public long Of(string resource) => resource switch
    {
        "cpu" => MilliCpu,
        "memory" => Memory,
        "ephemeral-storage" => EphemeralStorage,
        _ => Extended.GetValueOrDefault(resource),
    };

    public static Amounts operator +(Amounts a, Amounts b) => new(a.MilliCpu + b.MilliCpu, a.Memory + b.Memory,
        a.EphemeralStorage + b.EphemeralStorage, Combine(a.Extended, b.Extended, (x, y) => x + y));

    public static Amounts operator -(Amounts a, Amounts b) => new(a.MilliCpu - b.MilliCpu, a.Memory - b.Memory,
        a.EphemeralStorage - b.EphemeralStorage, Combine(a.Extended, b.Extended, (x, y) => x - y));

    public static Amounts Max(Amounts a, Amounts b) => new(Math.Max(a.MilliCpu, b.MilliCpu), Math.Max(a.Memory, b.Memory),
        Math.Max(a.EphemeralStorage, b.EphemeralStorage), Combine(a.Extended, b.Extended, Math.Max));

    /// <summary>
    /// What a pod needs: containers and sidecars together, or the most that an init container needs beside the sidecars started before
    /// it; requests of the pod as a whole instead, where given; overhead on top.
    /// </summary>
    public static Amounts RequestsOf(PodSpec spec, Func<Container, Amounts>? of = null)
    {
        of ??= c => Of(c.Resources?.Requests);
        var running = None;
        foreach (var container in spec.Containers ?? []) running += of(container);
        var sidecars = None;
        var starting = None;
        foreach (var container in spec.InitContainers ?? [])
        {
            if (container.RestartPolicy == "Always")
            {
                sidecars += of(container);
                starting = Max(starting, sidecars);
            }
            else
            {
                starting = Max(starting, sidecars + of(container));
            }
        }
        var total = Max(running + sidecars, starting);
        if (spec.Resources?.Requests is { Count: > 0 } whole)
        {
            var given = Of(whole);
            total = total with
            {
                MilliCpu = whole.ContainsKey("cpu") ? given.MilliCpu : total.MilliCpu,
                Memory = whole.ContainsKey("memory") ? given.Memory : total.Memory,
            };
        }
        return total + Of(spec.Overhead);
    }

    private static IReadOnlyDictionary<string, long> Combine(IReadOnlyDictionary<string, long> a, IReadOnlyDictionary<string, long> b,
        Func<long, long, long> how)
    {
        if (b.Count == 0 && a.Count == 0) return Nothing;
        var all = new Dictionary<string, long>(a);
        foreach (var (name, amount) in b) all[name] = how(all.GetValueOrDefault(name), amount);
        foreach (var (name, amount) in a)
            if (!b.ContainsKey(name)) all[name] = how(amount, 0);
        return all;
    }
}

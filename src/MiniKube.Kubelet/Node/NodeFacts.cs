using System.Globalization;
using System.Runtime.InteropServices;
using MiniKube.Kubelet.Eviction;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Node;

/// <summary>What the machine is and has.</summary>
internal sealed class NodeFacts(NodeOptions options)
{
    private readonly IReadOnlyDictionary<string, string> release = Release();

    public string RuntimeName { get; set; } = "docker";
    public string RuntimeVersion { get; set; } = "";

    /// <summary>Null until the engine was asked.</summary>
    public EngineAbilities? Abilities { get; set; }

    public long MemoryBytes { get; } = Memory("MemTotal:");
    public long SwapBytes { get; } = Memory("SwapTotal:");
    public string Kernel { get; } = ReadLine("/proc/sys/kernel/osrelease");
    public string BootId { get; } = ReadLine("/proc/sys/kernel/random/boot_id");
    public string MachineId { get; } = ReadLine("/etc/machine-id");
    public string SystemUuid { get; } = ReadLine("/sys/class/dmi/id/product_uuid");
    public bool HasAppArmor { get; } = ReadLine("/sys/module/apparmor/parameters/enabled").StartsWith('Y');
    public string OsImage => release.GetValueOrDefault("PRETTY_NAME", "Linux");
    public string Architecture { get; } = RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    public IReadOnlyDictionary<string, Quantity> Capacity()
    {
        var disk = new DriveInfo(options.DataDir);
        return new Dictionary<string, Quantity>
        {
            ["cpu"] = Quantity.Of(Environment.ProcessorCount), ["memory"] = Quantity.Parse($"{MemoryBytes / 1024}Ki"),
            ["ephemeral-storage"] = Quantity.Parse($"{disk.TotalSize / 1024}Ki"), ["pods"] = Quantity.Of(options.MaxPods),
            ["hugepages-1Gi"] = Quantity.Zero, ["hugepages-2Mi"] = Quantity.Zero,
        };
    }

    /// <summary>Without what is reserved, and without what would have pods evicted if it were used.</summary>
    public IReadOnlyDictionary<string, Quantity> Allocatable() => AllocatableOf(Capacity(), options.Reserved, options.Thresholds);

    public static IReadOnlyDictionary<string, Quantity> AllocatableOf(IReadOnlyDictionary<string, Quantity> capacity, IReadOnlyDictionary<string, Quantity> reserved, IReadOnlyList<Threshold> thresholds)
    {
        Quantity Kept(string resource, Signal signal) => thresholds.FirstOrDefault(t => t.Signal == signal && t.Grace is null) is { } hard && capacity.TryGetValue(resource, out var all) ? hard.Of(all.Value) : Quantity.Zero;
        return capacity.ToDictionary(c => c.Key, c =>
        {
            var left = c.Value - reserved.GetValueOrDefault(c.Key, Quantity.Zero) - c.Key switch { "memory" => Kept(c.Key, Signal.Memory), "ephemeral-storage" => Kept(c.Key, Signal.NodeDisk), _ => Quantity.Zero };
            return left.Sign < 0 ? Quantity.Zero : left;
        });
    }

    private static long Memory(string field)
    {
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    private static Dictionary<string, string> Release() => !File.Exists("/etc/os-release") ? [] :
        File.ReadLines("/etc/os-release").Select(l => l.Split('=', 2)).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1].Trim('"'));

    private static string ReadLine(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadLines(path).FirstOrDefault()?.Trim() ?? "" : "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}

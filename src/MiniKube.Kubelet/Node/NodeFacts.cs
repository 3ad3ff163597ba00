using System.Globalization;
using System.Runtime.InteropServices;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Node;

/// <summary>What the machine is and has.</summary>
internal sealed class NodeFacts(NodeOptions options)
{
    private readonly IReadOnlyDictionary<string, string> release = Release();

    public string RuntimeName { get; set; } = "docker";
    public string RuntimeVersion { get; set; } = "";

    public long MemoryBytes { get; } = Memory("MemTotal:");
    public string Kernel { get; } = ReadLine("/proc/sys/kernel/osrelease");
    public string BootId { get; } = ReadLine("/proc/sys/kernel/random/boot_id");
    public string MachineId { get; } = ReadLine("/etc/machine-id");
    public string SystemUuid { get; } = ReadLine("/sys/class/dmi/id/product_uuid");
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

    public IReadOnlyDictionary<string, Quantity> Allocatable() => Capacity();

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

using System.Diagnostics;
using System.Globalization;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

/// <summary>
/// A machine as far as namespaces make one: a network and mounts of its own, an empty /run, and an id for every boot. What lies on the disk
/// stays when its power is cut; processes, mounts, interfaces and rules go, as they do with the kernel.
/// </summary>
internal sealed class Machine : IAsyncDisposable
{
    private const string Setup = """
        ip link set lo up; mount -t tmpfs none /run; mkdir -p /run/lock /run/netns; cat /proc/sys/kernel/random/uuid > /run/boot
        mount --bind /run/boot /proc/sys/kernel/random/boot_id
        ip link add up0 type veth peer name up1; ip addr add 192.0.2.77/24 dev up0; ip link set up0 up; ip link set up1 up; ip route add default via 192.0.2.1
        exec sleep 100000
        """;

    private Process holder = null!;

    public Place Place => new($"/proc/{holder.Id}/ns/net", $"/proc/{holder.Id}/ns/mnt");

    public static async Task<Machine> Boot()
    {
        var machine = new Machine();
        await machine.PowerOn();
        return machine;
    }

    public Task<Output> Run(string command) => Shell.Run(Place.Words[0], $"{string.Join(' ', Place.Words[1..])} {command}");

    /// <summary>Ends every process that has one of the texts in its command line or its cgroup, and boots again.</summary>
    public async Task CutPower(params string[] marks)
    {
        while (Doomed(marks) is { Length: > 0 } doomed)
        {
            await Shell.Run("kill", $"-KILL {string.Join(' ', doomed)}");
            await Task.Yield();
        }
        holder.Kill();
        await holder.WaitForExitAsync();
        holder.Dispose();
        foreach (var cgroup in marks.SelectMany(m => Directory.EnumerateDirectories("/sys/fs/cgroup", $"*{Path.GetFileName(m)}*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 })).ToArray()) Remove(cgroup);
        await PowerOn();
    }

    public async ValueTask DisposeAsync()
    {
        holder.Kill();
        await holder.WaitForExitAsync();
        holder.Dispose();
    }

    private async Task PowerOn()
    {
        holder = Process.Start(new ProcessStartInfo("unshare", ["--net", "--mount", "--propagation", "private", "sh", "-c", Setup]))!;
        await Until.True(async () => !holder.HasExited && (await File.ReadAllTextAsync($"/proc/{holder.Id}/comm")).Trim() == "sleep");
    }

    /// <summary>How many processes there are with a text in their cgroup.</summary>
    public static int Processes(string cgroup) => Doomed([cgroup]).Length;

    private static int[] Doomed(string[] marks) =>
        [.. Directory.GetDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && pid != Environment.ProcessId && (Read(pid, "cmdline") + Read(pid, "cgroup")) is var text && marks.Any(m => text.Contains(m, StringComparison.Ordinal)))];

    private static string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Remove(string cgroup)
    {
        if (!Directory.Exists(cgroup)) return;
        foreach (var below in Directory.GetDirectories(cgroup)) Remove(below);
        try
        {
            Directory.Delete(cgroup);
        }
        catch (IOException)
        {
            // Its last process is still on its way out.
        }
    }
}

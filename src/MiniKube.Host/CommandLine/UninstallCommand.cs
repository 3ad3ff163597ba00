using System.CommandLine;
using System.Diagnostics;
using MiniKube.Kubelet;

namespace MiniKube.Host;

/// <summary>`minik uninstall`: the machine as it was before minik came.</summary>
internal static class UninstallCommand
{
    private static readonly string[] Units = ["minik.service", "minik-agent.service"];

    // What packaging/install.sh brings; a package of the distribution takes its own files away.
    private static readonly string[] Installed = [.. Units.Select(u => $"/etc/systemd/system/{u}"), "/usr/share/bash-completion/completions/minik", "/usr/local/bin/minik"];

    // Where the runtime unpacks what the executable holds of libraries.
    private static readonly string Unpacked = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".net", "minik");

    public static Command Make(TextReader input, TextWriter output, TextWriter error)
    {
        var data = AdminClient.DataOption();
        var yes = new Option<bool>("--yes", "-y") { Description = "Don't ask" };
        var command = new Command("uninstall", """
            Take minik off this machine: pods, network, state, snapshots, configuration, services and the program.
            With --data-dir, only the cluster or the node of that directory.

            Example:
              minik snapshot save ~/last.db && minik uninstall
            """) { data, yes };
        command.SetAction((parsed, cancel) => Run(parsed.GetValue(data), parsed.GetValue(yes), input, output, error, cancel));
        return command;
    }

    private static async Task<int> Run(string? given, bool agreed, TextReader input, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        var data = Path.GetFullPath(AdminClient.DataDirectory(given));
        IEnumerable<string?> places = [data, OwnerFiles.LastKubeconfig(data), .. given is null ? ["/etc/minik", Unpacked, .. Installed] : Array.Empty<string>()];
        var there = places.OfType<string>().Where(Path.Exists).ToList();
        var doomed = there.Where(p => !there.Exists(o => p.StartsWith(o + "/", StringComparison.Ordinal))).ToList();
        if (doomed.Count == 0)
        {
            output.WriteLine($"there is nothing of minik in {data}");
            return 0;
        }
        if (!agreed)
        {
            output.WriteLine($"This removes all pods of this machine's node, and for good:\n  {string.Join("\n  ", doomed)}");
            output.Write("Go on? [y/N] ");
            output.Flush();
            if (await input.ReadLineAsync(cancel) is not ("y" or "Y" or "yes"))
            {
                error.WriteLine("minik: nothing was removed");
                return 1;
            }
        }
        try
        {
            if (given is null) await StopServices(cancel);
            if (OwnerFiles.Holder(data) is { } running)
            {
                error.WriteLine($"minik: it still runs on {data}, as process {running}: stop it first");
                return 1;
            }
            // Without root there was no node.
            if (Environment.IsPrivilegedProcess && Directory.Exists(data) && !await NodeCleanup.Run(NodeCleanup.Last(data), output, cancel))
            {
                error.WriteLine($"minik: not everything is gone, so {data} stays: once the cause is mended, say it again");
                return 1;
            }
            foreach (var path in doomed) Remove(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"minik: {e.Message}");
            return 1;
        }
        output.WriteLine("minik is gone");
        return 0;
    }

    private static async Task StopServices(CancellationToken cancel)
    {
        if (!Directory.Exists("/run/systemd/system")) return;
        foreach (var unit in Units)
        {
            using var systemctl = Process.Start("systemctl", ["--quiet", "disable", "--now", unit]);
            await systemctl.WaitForExitAsync(cancel);
        }
    }

    private static void Remove(string path)
    {
        if (File.Exists(path)) File.Delete(path);
        NodeTraces.Remove(path);
        if (Directory.Exists(path)) throw new IOException($"{path} can't be removed: something is mounted in it");
    }
}

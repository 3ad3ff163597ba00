using System.ComponentModel;
using System.Diagnostics;

namespace MiniKube.Network;

/// <summary>A tool of the host, run to its end.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public bool Ok => ExitCode == 0;
}

/// <summary>Runs ip, nft, iptables and conntrack; their words are the error messages.</summary>
internal static class Tool
{
    private static readonly AsyncLocal<string?> place = new();

    /// <summary>Another network namespace that this flow of control works in, by its file; null is the process's own.</summary>
    public static string? Place
    {
        get => place.Value;
        set => place.Value = value;
    }

    public static async Task<ToolResult> Run(string name, IReadOnlyList<string> arguments, string? input = null, CancellationToken cancel = default)
    {
        var start = new ProcessStartInfo(Place is null ? name : "nsenter")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        if (Place is { } elsewhere)
        {
            start.ArgumentList.Add($"--net={elsewhere}");
            start.ArgumentList.Add(name);
        }
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            return new(127, "", $"{name}: {e.Message}");
        }
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(cancel);
            var error = process.StandardError.ReadToEndAsync(cancel);
            try
            {
                if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before it had read all; its exit code says why.
            }
            await process.WaitForExitAsync(cancel);
            return new(process.ExitCode, await output, (await error).Trim());
        }
    }

    /// <exception cref="IOException">The tool failed.</exception>
    public static async Task<string> Must(string name, IReadOnlyList<string> arguments, string? input = null, CancellationToken cancel = default)
    {
        var result = await Run(name, arguments, input, cancel);
        return result.Ok ? result.Output : throw new IOException($"{name} {string.Join(' ', arguments)}: {result.Error}");
    }

    public static Task<string> Ip(string script, CancellationToken cancel = default) => Must("ip", ["-batch", "-"], script, cancel);

    public static Task<string> Nft(string script, CancellationToken cancel = default) => Must("nft", ["-f", "-"], script, cancel);
}

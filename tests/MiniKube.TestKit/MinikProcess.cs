using System.Diagnostics;

namespace MiniKube.TestKit;

/// <summary>The shipped executable as a user runs it, in a directory and on a port of its own; gone without a trace on dispose.</summary>
public sealed class MinikProcess : IAsyncDisposable
{
    private readonly string[] arguments;
    private Process? process;

    private MinikProcess(string[] arguments)
    {
        this.arguments = arguments;
        Directory = System.IO.Directory.CreateTempSubdirectory("minik-e2e-").FullName;
        // Users of pods that are nobody on the machine go through it to what is theirs.
        File.SetUnixFileMode(Directory, (UnixFileMode)0b111_001_001);
        Port = FreePort.Next();
        KubeletPort = FreePort.Next();
    }

    public string Directory { get; }
    public int Port { get; }
    public int KubeletPort { get; }
    public string Kubeconfig => Path.Combine(Directory, "kubeconfig");
    public string Log => Path.Combine(Directory, "minik.log");
    public int Id => process!.Id;

    /// <summary>The executable under test: $MINIK_BINARY, else artifacts/minik of this checkout.</summary>
    public static string Binary { get; } = Environment.GetEnvironmentVariable("MINIK_BINARY") is { Length: > 0 } named ? named : Find();

    /// <summary>The scripts of this checkout.</summary>
    public static string Script(string name) => Path.Combine(Root(), "scripts", name);

    /// <summary>Where it lives; null is with the tests.</summary>
    private Place? Place { get; set; }

    private (string Name, string Value)[] Environs { get; init; } = [];

    /// <summary>What an agent doesn't know of: only a server is reached from outside and writes a kubeconfig.</summary>
    private bool IsAgent { get; init; }

    public static Task<MinikProcess> Start(params string[] arguments) => StartIn(null, arguments);

    /// <summary>With another environment than that of the tests.</summary>
    public static async Task<MinikProcess> StartWith((string Name, string Value)[] environment, params string[] arguments)
    {
        var minik = new MinikProcess(arguments) { Environs = environment };
        await minik.Run();
        return minik;
    }

    public static async Task<MinikProcess> StartIn(Place? place, params string[] arguments)
    {
        var minik = new MinikProcess(arguments) { Place = place };
        await minik.Run();
        return minik;
    }

    /// <summary>A node that joins a server; its arguments may be others at the next start.</summary>
    public static async Task<MinikProcess> JoinFrom(Place? place, params string[] arguments)
    {
        var minik = new MinikProcess(arguments) { Place = place, IsAgent = true };
        try
        {
            await minik.Run();
            return minik;
        }
        catch
        {
            await minik.DisposeAsync();
            throw;
        }
    }

    public async Task Run()
    {
        var log = Log;
        string[] own = ["--data-dir", Directory, "--kubelet-port", $"{KubeletPort}"];
        var before = File.Exists(log) ? (await File.ReadAllTextAsync(log)).Length : 0;
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >>\"$0\" 2>&1");
        start.ArgumentList.Add(log);
        foreach (var word in (Place?.Words ?? []).Concat(IsAgent ? [Binary, "agent", .. own] : [Binary, "server", .. own, "--https-port", $"{Port}", "--write-kubeconfig", Kubeconfig]).Concat(arguments)) start.ArgumentList.Add(word);
        start.Environment["MINIK_CONFIG"] = Path.Combine(Directory, "none.yaml");
        foreach (var (name, value) in Environs) start.Environment[name] = value;
        process = Process.Start(start)!;
        await Until.True(() => process.HasExited || File.Exists(log) && File.ReadAllText(log)[before..].Contains("ready after", StringComparison.Ordinal));
        if (process.HasExited) throw new InvalidOperationException($"minik ended with {process.ExitCode}: {await File.ReadAllTextAsync(log)}");
    }

    /// <summary>Once more, in a place that has taken the place of the first.</summary>
    public Task RunIn(Place place)
    {
        Place = place;
        return Run();
    }

    /// <summary>As pulled power would: no chance to tidy up.</summary>
    public async Task Kill()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        await File.WriteAllTextAsync(Log, "");
    }

    public async Task<int> Stop()
    {
        using var term = Process.Start("kill", ["-TERM", $"{process!.Id}"]);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async Task<Output> Kubectl(string command, string? input = null, string? program = null)
    {
        // To an old kubectl all that begins with a brace is JSON, also YAML in short.
        if (input is ['{', not '"', ..]) input = "---\n" + input;
        var kubectl = program ?? KubectlVersions.Default;
        return Place is null ? await Shell.Run(kubectl, command, input, ("KUBECONFIG", Kubeconfig), ("HOME", Directory))
            : await Shell.Run("nsenter", $"--net={Place.Network} {kubectl} {command}", input, ("KUBECONFIG", Kubeconfig), ("HOME", Directory));
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        process?.Dispose();
        if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string Find() => Path.Combine(Root(), "artifacts", "minik");

    /// <summary>The checkout the tests were built from.</summary>
    public static string Root()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "MiniKube.sln"))) return at;
        throw new InvalidOperationException("no checkout above the tests: set MINIK_BINARY");
    }
}

namespace MiniKube.Network;

/// <summary>The iptables of this host: the one its administrator chose, else whichever of the two works.</summary>
internal sealed class Iptables(string name)
{
    private static readonly string[] Names = ["iptables", "iptables-nft", "iptables-legacy"];
    private static readonly string[] Tables = ["nat", "filter", "mangle"];

    /// <summary>Says that a table is there only because of us: the system's chains come with the first rule, and don't go with the last.</summary>
    private const string Made = "MINIK-MADE";

    public string Name => name;

    public static async Task<Iptables?> Usable(CancellationToken cancel = default)
    {
        foreach (var name in Names)
            if ((await Tool.Run($"{name}-save", ["-t", "nat"], null, cancel)).Ok) return new(name);
        return null;
    }

    public Task<ToolResult> Run(IReadOnlyList<string> arguments, CancellationToken cancel) => Tool.Run(name, ["-w", .. arguments], null, cancel);

    /// <summary>Before the first rule: remembers in tables that weren't there that they weren't.</summary>
    public async Task Prepare(CancellationToken cancel)
    {
        foreach (var table in Tables)
            if (await Existing(name, table, cancel) is null) await Restore($"*{table}\n:{Made} - [0:0]\nCOMMIT\n", cancel);
    }

    /// <summary>All of a script or nothing of it; chains it doesn't name stay as they are.</summary>
    public Task Restore(string script, CancellationToken cancel) => Tool.Must($"{name}-restore", ["-w", "--noflush"], script, cancel);

    public Task<string> Save(string table, CancellationToken cancel) => Tool.Must($"{name}-save", ["-t", table], null, cancel);

    /// <summary>Puts a rule at the head of a chain of the system's, once.</summary>
    public async Task Hook(string table, string chain, IReadOnlyList<string> rule, CancellationToken cancel)
    {
        if ((await Run(["-t", table, "-C", chain, .. rule], cancel)).Ok) return;
        var made = await Run(["-t", table, "-I", chain, .. rule], cancel);
        if (!made.Ok) throw new IOException($"{name} -t {table} -I {chain}: {made.Error}");
    }

    /// <summary>Every chain of that kind, and whatever leads to one, gone; true when nothing is left.</summary>
    public async Task<bool> Purge(Func<string, bool> own, CancellationToken cancel)
    {
        var clean = true;
        foreach (var table in Tables)
        {
            var saved = await Existing(name, table, cancel);
            if (saved is null) continue;
            var lines = saved.Split('\n');
            var chains = lines.Where(l => l.StartsWith(':')).Select(l => l[1..].Split(' ')[0]).Where(own).ToArray();
            if (chains.Length == 0) continue;
            var leading = lines.Where(l => l.StartsWith("-A ", StringComparison.Ordinal) && !own(l.Split(' ')[1]) && l.Split(' ') is [.., "-j", var target] && own(target)).Select(l => $"-D {l[3..]}");
            var script = string.Join('\n', [$"*{table}", .. chains.Select(c => $":{c} - [0:0]"), .. leading, .. chains.Select(c => $"-X {c}"), "COMMIT", ""]);
            clean &= (await Tool.Run($"{name}-restore", ["-w", "--noflush"], script, cancel)).Ok;
        }
        return clean;
    }

    public static async Task<bool> PurgeEverywhere(Func<string, bool> own, CancellationToken cancel)
    {
        var clean = true;
        foreach (var name in Names) clean &= await new Iptables(name).Purge(own, cancel);
        foreach (var table in Tables)
        {
            // Once nothing but the mark is left in a table of our making, it goes as a whole.
            var lines = (await Existing("iptables-nft", table, cancel) ?? "").Split('\n');
            if (lines.Any(l => l.StartsWith($":{Made} ", StringComparison.Ordinal)) && !lines.Any(l => l.StartsWith("-A ", StringComparison.Ordinal) || l.StartsWith(":MINIK-", StringComparison.Ordinal) && !l.StartsWith($":{Made} ", StringComparison.Ordinal)))
                await Tool.Run("nft", ["delete", "table", "ip", table], null, cancel);
        }
        return clean;
    }

    /// <summary>A table as the tool saves it; null when it isn't there. Asked for by name, one that isn't is shown as an empty one.</summary>
    public static async Task<string?> Existing(string name, string table, CancellationToken cancel)
    {
        var saved = (await Tool.Run($"{name}-save", [], null, cancel)).Output;
        var from = saved.IndexOf($"*{table}\n", StringComparison.Ordinal);
        if (from < 0) return null;
        var to = saved.IndexOf("\nCOMMIT", from, StringComparison.Ordinal);
        return to < 0 ? null : saved[from..to];
    }
}

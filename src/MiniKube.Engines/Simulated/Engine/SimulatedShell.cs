using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>Follows scripts and knows a handful of commands. What it doesn't know is taken to go well.</summary>
internal sealed partial class SimulatedShell(SimulatedProcess process, SimulatedWorld world)
{
    private static readonly string[] Shells = ["sh", "ash", "bash", "dash"];

    private static readonly string[] Known =
    [
        "exec", "command", ":", "true", "false", "exit", "sleep", "echo", "env", "printenv", "export", "id", "pwd", "hostname", "date", "stty", "cat", "touch", "rm", "test", "[", "read", "trap",
    ];

    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<string, string> variables = new(world.Environment);

    /// <summary>A status, and whether the script ends with it.</summary>
    private readonly record struct Outcome(int Status, bool Ends = false);

    public async Task<int> Run(IReadOnlyList<string> command) => (await Execute(command, Print)).Status;

    /// <summary>Whether anything is known of what a command does.</summary>
    public static bool Understands(IReadOnlyList<string> command)
    {
        if (command.Count == 0) return false;
        var name = Path.GetFileName(command[0]);
        if (name == "busybox") return Understands([.. command.Skip(1)]);
        return Shells.Contains(name) ? command is [_, _, var script, ..] && ShellScript.Parse(script) is { } parsed && parsed.All(Understands) : Known.Contains(name);
    }

    private static bool Understands(ShellStatement statement) => statement is not ShellStatement.Command command || Understands([.. command.Words.Select(w => w.Plain)]) || Assignment().IsMatch(command.Words[0].Plain);

    private Task Print(string text, StreamKind kind) => process.Say(kind, Encoding.UTF8.GetBytes(text));

    private async Task<Outcome> Run(IReadOnlyList<ShellStatement> script)
    {
        var last = new Outcome(0);
        foreach (var statement in script)
        {
            if (statement.Join == ShellJoin.IfWell && last.Status != 0 || statement.Join == ShellJoin.IfNot && last.Status == 0) continue;
            last = statement is ShellStatement.Forever loop ? await Repeat(loop) : await One((ShellStatement.Command)statement);
            if (!last.Ends) last = await Answer(last);
            if (last.Ends) return last;
        }
        return last;
    }

    private async Task<Outcome> Repeat(ShellStatement.Forever loop)
    {
        while (true)
        {
            if (await Run(loop.Body) is { Ends: true } end) return end;
            // A loop without a rest would be busy for nothing.
            await process.Wait(cancel => Task.Delay(Round, world.Time, cancel));
            if (await Answer(new(0)) is { Ends: true } asked) return asked;
        }
    }

    /// <summary>What signals have asked for meanwhile.</summary>
    private async Task<Outcome> Answer(Outcome last)
    {
        while (process.NextTrap() is { } script)
            if (await Run(ShellScript.Parse(script) ?? []) is { Ends: true } end) return end;
        return last;
    }

    private async Task<Outcome> One(ShellStatement.Command command)
    {
        var words = command.Words.Select(Expand).ToArray();
        if (command.Target is not { } target) return await Execute(words, command.ToErrors ? (text, _) => Print(text, StreamKind.Stderr) : Print);
        var kept = new StringBuilder();
        var outcome = await Execute(words, async (text, kind) =>
        {
            if (kind == StreamKind.Stdout) kept.Append(text);
            else await Print(text, kind);
        });
        if (world.Files.Write(At(Expand(target)), Encoding.UTF8.GetBytes(kept.ToString()), command.Appends) is not { } fault) return outcome;
        await Print($"sh: can't create {Expand(target)}: {fault}\n", StreamKind.Stderr);
        return new(1);
    }

    private async Task<Outcome> Execute(IReadOnlyList<string> words, Func<string, StreamKind, Task> say)
    {
        if (words.Count == 0) return await Unknown(words, say);
        var name = Path.GetFileName(words[0]);
        var rest = words.Skip(1).ToArray();
        if (Shells.Contains(name))
        {
            if (rest is [var flag, var script, ..] && flag.StartsWith('-') && flag.EndsWith('c')) return ShellScript.Parse(script) is { } parsed ? await Run(parsed) : await Unknown(words, say);
            return rest.Length == 0 ? await Interactive() : await Unknown(words, say);
        }
        switch (name)
        {
            case "busybox" or "exec" or "command": return await Execute(rest, say);
            case ":" or "true": return new(0);
            case "false": return new(1);
            case "exit": return new(rest is [var code, ..] && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0, Ends: true);
            case "sleep":
                var time = rest.Select(Duration).Aggregate(TimeSpan.Zero, (sum, t) => sum + t);
                await process.Wait(cancel => Task.Delay(time > TimeSpan.FromDays(40) ? Timeout.InfiniteTimeSpan : time, world.Time, cancel));
                return new(0);
            case "echo":
                await say(string.Join(' ', rest is ["-n", ..] ? rest[1..] : rest) + (rest is ["-n", ..] ? "" : "\n"), StreamKind.Stdout);
                return new(0);
            case "env" or "printenv" when rest.Length == 0:
                await say(string.Concat(variables.Select(v => $"{v.Key}={v.Value}\n")), StreamKind.Stdout);
                return new(0);
            case "printenv":
                if (!variables.TryGetValue(rest[0], out var value)) return new(1);
                await say(value + "\n", StreamKind.Stdout);
                return new(0);
            case "export":
                foreach (var one in rest) Assign(one);
                return new(0);
            case "id": return await Tell(rest.Length == 0 ? $"uid={world.User}" : $"{world.User}", say);
            case "pwd": return await Tell(world.Directory, say);
            case "hostname": return await Tell(world.Hostname, say);
            case "date": return await Tell(world.Time.GetUtcNow().ToString("ddd MMM d HH:mm:ss 'UTC' yyyy", CultureInfo.InvariantCulture), say);
            case "stty" when rest is ["size"]: return await Tell($"{process.Terminal.Rows} {process.Terminal.Columns}", say);
            case "cat": return await Cat(rest, say);
            case "touch" or "rm" or "test" or "[": return Touch(name, rest);
            case "read": return await ReadLine(rest.LastOrDefault() ?? "REPLY");
            case "trap":
                foreach (var signal in rest.Skip(1)) process.Trap(signal, rest[0]);
                return new(0);
        }
        return words.All(w => Assignment().IsMatch(w)) && words.Select(Assign).All(static done => done) ? new(0) : await Unknown(words, say);
    }

    private async Task<Outcome> Unknown(IReadOnlyList<string> words, Func<string, StreamKind, Task> say)
    {
        if (world.Serves) await process.Wait(cancel => Task.Delay(Timeout.InfiniteTimeSpan, world.Time, cancel));
        else await say($"{words.FirstOrDefault()}: only simulated here\n", StreamKind.Stderr);
        return new(0);
    }

    /// <summary>Line after line, as somebody types them.</summary>
    private async Task<Outcome> Interactive()
    {
        var last = new Outcome(0);
        while (!last.Ends)
        {
            if (world.Tty) await Print("/ # ", StreamKind.Stdout);
            if (await NextLine() is not { } line) break;
            last = ShellScript.Parse(line) is { } parsed ? await Run(parsed) : await Unknown([line], Print);
        }
        return last;
    }

    private async Task<string?> NextLine()
    {
        string? line = null;
        await process.Wait(async cancel => line = await process.Input.Line(cancel));
        return line;
    }

    private async Task<Outcome> ReadLine(string variable)
    {
        if (await NextLine() is not { } line) return new(1);
        variables[variable] = line.Trim();
        return new(0);
    }

    private async Task<Outcome> Cat(string[] files, Func<string, StreamKind, Task> say)
    {
        if (files.Length == 0)
        {
            var more = true;
            while (more)
            {
                ReadOnlyMemory<byte> piece = default;
                await process.Wait(async cancel => piece = await process.Input.Read(cancel));
                // Bytes, not text: they go by untouched.
                if (more = !piece.IsEmpty) await process.Say(StreamKind.Stdout, piece);
            }
            return new(0);
        }
        var status = 0;
        foreach (var file in files)
        {
            if (world.Files.Read(At(file)) is { } content)
            {
                await say(Encoding.UTF8.GetString(content), StreamKind.Stdout);
                continue;
            }
            await say($"cat: can't open '{file}': No such file or directory\n", StreamKind.Stderr);
            status = 1;
        }
        return new(status);
    }

    private Outcome Touch(string name, string[] words)
    {
        var files = words.Where(w => !w.StartsWith('-') && w != "]").Select(At).ToArray();
        switch (name)
        {
            case "touch": return new(files.All(f => world.Files.Write(f, [], append: true) is null) ? 0 : 1);
            case "rm": return new(files.Select(world.Files.Remove).ToArray().All(static gone => gone) || words.Any(w => w.StartsWith('-') && w.Contains('f')) ? 0 : 1);
            default: return new(words is ["-e" or "-f" or "-r" or "-s" or "-d", ..] && files.All(world.Files.Exists) ? 0 : 1);
        }
    }

    private static async Task<Outcome> Tell(string line, Func<string, StreamKind, Task> say)
    {
        await say(line + "\n", StreamKind.Stdout);
        return new(0);
    }

    private bool Assign(string word)
    {
        var parts = word.Split('=', 2);
        variables[parts[0]] = parts.Length > 1 ? parts[1] : variables.GetValueOrDefault(parts[0], "");
        return true;
    }

    private string At(string path) => Path.Combine(world.Directory, path);

    private string Expand(ShellWord word) => string.Concat(word.Pieces.Select(p => p.Expands ? Variable().Replace(p.Text, m => variables.GetValueOrDefault(m.Groups[1].Value, "")) : p.Text));

    private static TimeSpan Duration(string text)
    {
        if (text.StartsWith("inf", StringComparison.Ordinal)) return TimeSpan.FromDays(100_000);
        var unit = text[^1] switch { 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 1 };
        return double.TryParse(text.TrimEnd('s', 'm', 'h', 'd'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 1e9 ? TimeSpan.FromSeconds(number * unit) : TimeSpan.Zero;
    }

    [GeneratedRegex(@"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")]
    private static partial Regex Variable();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*=")]
    private static partial Regex Assignment();
}

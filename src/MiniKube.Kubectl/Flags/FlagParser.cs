using System.Globalization;

namespace MiniKube.Kubectl;

/// <summary>The words of a command line apart: flags by pflag's rules, and what is no flag.</summary>
internal static class FlagParser
{
    /// <exception cref="Failure">A flag that isn't known, or a value that isn't one.</exception>
    public static Words Parse(IReadOnlyList<FlagSpec> specs, IReadOnlyList<string> words, string path)
    {
        var given = new Dictionary<string, List<string>>();
        var arguments = new List<string>();
        var beforeDash = -1;
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            if (word == "--")
            {
                beforeDash = arguments.Count;
                arguments.AddRange(words.Skip(at + 1));
                break;
            }
            if (word.StartsWith("--", StringComparison.Ordinal)) Long(word[2..], ref at);
            else if (word is ['-', _, ..]) Shorts(word[1..], ref at);
            else arguments.Add(word);
        }
        return new(specs, given, arguments, beforeDash);

        void Long(string text, ref int at)
        {
            var equals = text.IndexOf('=');
            var name = equals < 0 ? text : text[..equals];
            if (name.Length == 0) throw Wrong($"bad flag syntax: --{text}");
            var spec = specs.FirstOrDefault(s => s.Name == name) ?? throw Wrong($"unknown flag: --{name}");
            if (equals >= 0) Take(spec, text[(equals + 1)..], $"--{name}");
            else if (spec.Bare is { } bare) Take(spec, bare, $"--{name}");
            else if (at + 1 < words.Count) Take(spec, words[++at], $"--{name}");
            else throw Wrong($"flag needs an argument: --{name}");
        }

        void Shorts(string text, ref int at)
        {
            for (var i = 0; i < text.Length; i++)
            {
                var spec = specs.FirstOrDefault(s => s.Short == text[i]) ?? throw Wrong($"unknown shorthand flag: '{text[i]}' in -{text}");
                var shown = $"-{text[i]}, --{spec.Name}";
                if (i + 2 < text.Length && text[i + 1] == '=')
                {
                    Take(spec, text[(i + 2)..], shown);
                    return;
                }
                if (spec.Bare is { } bare)
                {
                    Take(spec, bare, shown);
                    continue;
                }
                if (i + 1 < text.Length) Take(spec, text[(i + 1)..], shown);
                else if (at + 1 < words.Count) Take(spec, words[++at], shown);
                else throw Wrong($"flag needs an argument: '{text[i]}' in -{text}");
                return;
            }
        }

        void Take(FlagSpec spec, string value, string shown)
        {
            if (Fault(spec.Kind, value) is { } fault) throw Wrong($"invalid argument \"{value}\" for \"{shown}\" flag: {fault}");
            if (!given.TryGetValue(spec.Name, out var all)) given[spec.Name] = all = [];
            if (spec.Kind is not (FlagKind.Many or FlagKind.List)) all.Clear();
            all.AddRange(spec.Kind == FlagKind.List ? value.Split(',') : [value]);
        }

        Failure Wrong(string message) => new($"{message}\nSee '{path} --help' for usage.");
    }

    public static bool? Truth(string value) => value switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };

    private static string? Fault(FlagKind kind, string value) => kind switch
    {
        FlagKind.Switch when Truth(value) is null => $"strconv.ParseBool: parsing \"{value}\": invalid syntax",
        FlagKind.Number when !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => $"strconv.ParseInt: parsing \"{value}\": invalid syntax",
        FlagKind.Duration when GoDuration.Parse(value) is null => $"time: {(value.Length > 0 && value.All(char.IsAsciiDigit) ? "missing unit in" : "invalid")} duration \"{value}\"",
        _ => null,
    };
}

/// <summary>What was said: flags with their values, and the arguments.</summary>
internal sealed class Words(IReadOnlyList<FlagSpec> specs, Dictionary<string, List<string>> given, IReadOnlyList<string> arguments, int beforeDash)
{
    public IReadOnlyList<string> Arguments => arguments;

    /// <summary>How many arguments stand before "--"; -1 without one.</summary>
    public int BeforeDash => beforeDash;

    public bool Has(string name) => given.ContainsKey(name);
    public bool Knows(string name) => specs.Any(s => s.Name == name);
    public string Text(string name) => given.TryGetValue(name, out var values) && values.Count > 0 ? values[^1] : Standard(name);

    /// <summary>Of a flag that every command has; where a command has another of that name, it says nothing about this one.</summary>
    public string Global(string name) => specs.Any(s => s.Name == name && GlobalFlags.All.Any(g => g.Description == s.Description)) ? Text(name) : "";

    public bool Switch(string name) => FlagParser.Truth(Text(name)) == true;
    public long Number(string name) => long.Parse(Text(name), CultureInfo.InvariantCulture);
    public TimeSpan Duration(string name) => GoDuration.Parse(Text(name))!.Value;
    public IReadOnlyList<string> All(string name) => given.TryGetValue(name, out var values) ? values : Standard(name) is { Length: > 0 } one ? [one] : [];

    private string Standard(string name) => specs.First(s => s.Name == name).Default;
}

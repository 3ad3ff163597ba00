namespace MiniKube.Kubectl;

/// <summary>Which command the words mean: flags may stand before and between its names.</summary>
internal static class VerbFinder
{
    public static (Verb? Verb, string Path, IReadOnlyList<string> Left) Find(IReadOnlyList<string> words)
    {
        var (path, rest) = ("kubectl", words.ToList());
        Verb? found = null;
        var among = VerbCatalog.All;
        var at = 0;
        while (at < rest.Count && among.Count > 0)
        {
            var word = rest[at];
            if (word == "--") break;
            if (word.StartsWith('-'))
            {
                at += TakesNext(word) ? 2 : 1;
                continue;
            }
            if (among.FirstOrDefault(v => v.Answers(word)) is not { } next) break;
            (found, among) = (next, next.Verbs);
            path += " " + next.Name;
            rest.RemoveAt(at);
        }
        return (found, path, rest);
    }

    public static Failure Unknown(string word, string path, IReadOnlyList<Verb> among)
    {
        var near = among.Select(v => v.Name).Where(n => Distance(n, word) <= 2 || n.StartsWith(word, StringComparison.OrdinalIgnoreCase)).ToList();
        var hint = near.Count == 0 ? "" : $"\n\nDid you mean this?\n{string.Concat(near.Select(n => $"\t{n}\n"))}";
        return new Failure($"unknown command \"{word}\" for \"{path}\"{hint}");
    }

    private static bool TakesNext(string word)
    {
        if (word.Contains('=')) return false;
        if (word.StartsWith("--", StringComparison.Ordinal)) return GlobalFlags.All.FirstOrDefault(f => f.Name == word[2..]) is { Bare: null };
        return word.Length == 2 && GlobalFlags.All.FirstOrDefault(f => f.Short == word[1]) is { Bare: null };
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}

namespace MiniKube.Kubectl;

/// <summary>What --help tells.</summary>
internal static class HelpText
{
    public static void Write(TextWriter output, Verb? verb, string path)
    {
        output.WriteLine(verb?.Short ?? "kubectl controls the cluster.");
        output.WriteLine();
        var below = verb?.Verbs ?? VerbCatalog.All;
        if (below.Count > 0)
        {
            output.WriteLine("Available Commands:");
            var width = below.Max(v => v.Name.Length);
            foreach (var one in below) output.WriteLine($"  {one.Name.PadRight(width)}   {one.Short}");
            output.WriteLine();
        }
        if (verb is { Flags.Count: > 0 })
        {
            output.WriteLine("Options:");
            foreach (var flag in verb.Flags.OrderBy(f => f.Name, StringComparer.Ordinal)) Write(output, flag);
        }
        output.WriteLine("Usage:");
        output.WriteLine($"  {(verb is null ? "kubectl [flags] [options]" : verb.Run is null ? $"{path} [flags] [options]" : verb.Usage)}");
        if (verb is null)
        {
            output.WriteLine();
            output.WriteLine("Options for every command:");
            foreach (var flag in GlobalFlags.All) Write(output, flag);
        }
        else
        {
            output.WriteLine();
            output.WriteLine("Use \"kubectl --help\" for a list of options that every command has.");
        }
    }

    private static void Write(TextWriter output, FlagSpec flag)
    {
        var standard = flag.Kind switch
        {
            FlagKind.Text => $"'{flag.Default}'",
            FlagKind.Many or FlagKind.List => "[]",
            _ => flag.Default,
        };
        output.WriteLine($"    {(flag.Short is { } c ? $"-{c}, " : "")}--{flag.Name}={standard}:");
        output.WriteLine($"\t{flag.Description}");
        output.WriteLine();
    }
}

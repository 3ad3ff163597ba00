using System.CommandLine;

namespace MiniKube.Host;

/// <summary>`minik check`: what this host offers and lacks, each lack with its remedy.</summary>
internal static class CheckCommand
{
    public static Command Make(TextWriter output)
    {
        var command = new Command("check", "Show what this host offers and lacks for running pods");
        command.SetAction(_ =>
        {
            var lacking = false;
            foreach (var item in HostChecks.All())
            {
                output.WriteLine($"[{(item.Ok ? "ok" : item.Needed ? "missing" : "optional")}] {item.What}{(item.Ok || item.Remedy.Length == 0 ? "" : $": {item.Remedy}")}");
                lacking |= !item.Ok && item.Needed;
            }
            return lacking ? 1 : 0;
        });
        return command;
    }
}

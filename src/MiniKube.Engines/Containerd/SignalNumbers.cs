using System.Globalization;

namespace MiniKube.Engines.Containerd;

/// <summary>Signals by name, as Linux counts them: containerd wants the number.</summary>
internal static class SignalNumbers
{
    private static readonly string[] Names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
        "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private const int FirstRealTime = 34;
    private const int LastRealTime = 64;
    private const int Terminate = 15;

    /// <summary>"SIGUSR1", "USR1", "10", "SIGRTMIN+3"; what nobody knows is SIGTERM.</summary>
    public static int Of(string name)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        var plain = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        if (plain.StartsWith("RTMIN", StringComparison.Ordinal)) return FirstRealTime + Offset(plain["RTMIN".Length..]);
        if (plain.StartsWith("RTMAX", StringComparison.Ordinal)) return LastRealTime + Offset(plain["RTMAX".Length..]);
        plain = plain switch { "CLD" => "CHLD", "POLL" => "IO", "IOT" => "ABRT", _ => plain };
        return Array.IndexOf(Names, plain) is >= 0 and var index ? index + 1 : Terminate;
    }

    private static int Offset(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset) ? offset : 0;
}

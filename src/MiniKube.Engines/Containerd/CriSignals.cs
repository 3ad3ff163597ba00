namespace MiniKube.Engines.Containerd;

/// <summary>Signals as the CRI counts them: by their names in order, not as the kernel does.</summary>
internal static class CriSignals
{
    private const int MostAboveMinimum = 15;
    private const int MostBelowMaximum = 14;

    private static readonly string[] Names =
    [
        "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR",
        "SIGQUIT", "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",
        "SIGRTMIN", .. Enumerable.Range(1, MostAboveMinimum).Select(i => $"SIGRTMIN+{i}"), .. Enumerable.Range(1, MostBelowMaximum).Reverse().Select(i => $"SIGRTMAX-{i}"), "SIGRTMAX",
    ];

    /// <summary>0 leaves it to the image and the engine.</summary>
    public static int Of(string? name) => Array.IndexOf(Names, name) + 1;

    public static string? Name(long number) => number > 0 && number <= Names.Length ? Names[number - 1] : null;
}

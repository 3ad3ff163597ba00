namespace MiniKube.Host;

/// <summary>What runs beside the API server, on one screen. Each part sees the cluster only through its API client.</summary>
internal static class Parts
{
    public static IEnumerable<(string Name, Func<CancellationToken, Task> Run)> Of(ServerSettings settings, ControlPlane plane, TimeProvider time, ConsoleLog log)
    {
        yield return ("certificate renewal", cancel => CertificateRenewal.Run(plane, time, log, cancel));
    }
}

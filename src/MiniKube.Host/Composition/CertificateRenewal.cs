namespace MiniKube.Host;

/// <summary>
/// Looks every minute whether a certificate nears its end, the clock turned out to be elsewhere or the machine has
/// another address; a new certificate is served without a restart.
/// </summary>
internal static class CertificateRenewal
{
    public static async Task Run(ControlPlane plane, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        while (await timer.WaitForNextTickAsync(cancel)) Renew(plane, log);
    }

    public static void Renew(ControlPlane plane, ConsoleLog log)
    {
        try
        {
            if (plane.RenewCertificates() is { Count: > 0 } renewed) log.Info($"certificates renewed: {string.Join(", ", renewed)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Error($"certificates can't be renewed: {e.Message}; tried again in a minute");
        }
    }
}

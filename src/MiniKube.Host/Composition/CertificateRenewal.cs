namespace MiniKube.Host;

/// <summary>Looks twice a day whether the serving certificate nears its end; a new one is served without a restart.</summary>
internal static class CertificateRenewal
{
    public static async Task Run(ControlPlane plane, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(12), time);
        while (await timer.WaitForNextTickAsync(cancel))
            if (plane.Pki.Renew()) log.Info("serving certificate renewed");
    }
}

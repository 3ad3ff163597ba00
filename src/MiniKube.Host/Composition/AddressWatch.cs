namespace MiniKube.Host;

/// <summary>Looks every few seconds whether the machine is reached at another address: then the API's own service leads there and the certificates name it.</summary>
internal static class AddressWatch
{
    public static async Task Run(ControlPlane plane, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        var last = plane.Server.Context.Options.AdvertiseAddress;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), time);
        while (await timer.WaitForNextTickAsync(cancel))
        {
            if (plane.Server.Context.Options.AdvertiseAddress is var now && now == last) continue;
            last = now;
            log.Info($"this machine is now reached at {now}");
            await plane.Server.Advertise(cancel);
            CertificateRenewal.Renew(plane, log);
        }
    }
}

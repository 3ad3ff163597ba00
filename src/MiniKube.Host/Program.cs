using MiniKube.Host;

var time = TimeProvider.System;
var log = new ConsoleLog(Console.Error, time, LogLevel.Info, json: false);
var settings = new ServerSettings { DataDir = args.Length > 0 ? args[0] : "/tmp/minik", HttpsPort = args.Length > 1 ? int.Parse(args[1]) : 6443, TokenAuthFile = args.Length > 2 ? args[2] : null };
var (plane, refusal) = await ControlPlane.Start(settings, time, log, default);
if (plane is null)
{
    log.Error(refusal!);
    return 1;
}
Kubeconfig.Write(Path.Combine(settings.DataDir, "kubeconfig"), Kubeconfig.For(plane.Url, plane.Pki.AuthorityPem, plane.Pki.Client("admin", "system:admin", "system:masters")), "600");
var done = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; done.TrySetResult(); };
using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, c => { c.Cancel = true; done.TrySetResult(); });
await done.Task;
await plane.DisposeAsync();
return 0;

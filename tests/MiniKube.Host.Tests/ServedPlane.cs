using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.TestKit;

namespace MiniKube.Host.Tests;

/// <summary>A control plane with its real listener, in a directory and on a port of its own; time is the test's.</summary>
internal sealed class ServedPlane : IAsyncDisposable
{
    private readonly CancellationTokenSource life = new();
    private Task renewal = Task.CompletedTask;

    private ServedPlane(ManualTime time) => Time = time;

    public ManualTime Time { get; }
    public ControlPlane Plane { get; private set; } = null!;
    public int Port { get; private set; }
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("minik-test-").FullName;
    public string Kubeconfig => Path.Combine(Directory, "kubeconfig");
    public string Keys => Path.Combine(Directory, "pki");

    public static async Task<ServedPlane> Start(DateTimeOffset now, params string[] tokens)
    {
        var served = new ServedPlane(new ManualTime(now));
        served.Port = FreePort.Next();
        var log = new ConsoleLog(TextWriter.Null, served.Time, LogLevel.Error, json: false);
        var tokenFile = Path.Combine(served.Directory, "tokens");
        await File.WriteAllLinesAsync(tokenFile, tokens);
        var (plane, refusal) = await ControlPlane.Start(new ServerSettings
        {
            DataDir = served.Directory, BindAddress = "127.0.0.1", HttpsPort = served.Port, AdvertiseAddress = "127.0.0.1", WriteKubeconfig = served.Kubeconfig, TokenAuthFile = tokenFile, NodeName = "n",
        }, served.Time, log, default);
        served.Plane = plane ?? throw new InvalidOperationException(refusal);
        plane.WriteKubeconfig();
        served.renewal = CertificateRenewal.Run(plane, served.Time, log, served.life.Token);
        return served;
    }

    /// <summary>A client as the owner is one; what it was shown goes to Shown.</summary>
    public HttpClient Client(Action<X509Certificate2>? shown = null) => As(Plane.Admin, shown);

    public HttpClient As(X509Certificate2 owner, Action<X509Certificate2>? shown = null) => new(new SocketsHttpHandler
    {
        SslOptions = new() { ClientCertificates = [owner], RemoteCertificateValidationCallback = (_, certificate, _, _) => Saw(certificate, shown) },
    })
    { BaseAddress = new Uri($"https://127.0.0.1:{Port}") };

    private static bool Saw(X509Certificate? certificate, Action<X509Certificate2>? shown)
    {
        shown?.Invoke(new X509Certificate2(certificate!));
        return true;
    }

    public async Task<TcpClient> Connect()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, Port);
        return client;
    }

    /// <summary>A connection past its handshake, on which any bytes may be sent.</summary>
    public async Task<SslStream> Open()
    {
        var tls = new SslStream((await Connect()).GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => Saw(certificate, null));
        await tls.AuthenticateAsClientAsync("localhost");
        return tls;
    }

    /// <summary>The whole answer to what is sent, until the server closes.</summary>
    public async Task<string> Ask(string request)
    {
        await using var tls = await Open();
        try
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(request));
        }
        catch (IOException)
        {
            // Refused before everything was sent: the answer says why.
        }
        var answer = new MemoryStream();
        try
        {
            await tls.CopyToAsync(answer);
        }
        catch (IOException)
        {
            // What came before counts.
        }
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await life.CancelAsync();
        await renewal.ContinueWith(_ => { }, TaskScheduler.Default);
        await Plane.DisposeAsync();
        life.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

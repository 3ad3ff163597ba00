using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using MiniKube.Server;
using MiniKube.Server.AtRest;
using MiniKube.Server.Audit;
using MiniKube.Server.Oidc;
using MiniKube.Server.Pki;
using MiniKube.Store;

namespace MiniKube.Host;

/// <summary>The server process: store, API server and listener, started in order and stopped in reverse.</summary>
public sealed class ControlPlane : IAsyncDisposable
{
    private readonly ServerSettings settings;
    private readonly ConsoleLog log;
    private readonly CancellationTokenSource stopping = new();
    private StateStore? store;
    private WebApplication? web;
    private AuditLog? audit;
    private OwnerOrders? orders;
    private OidcAuthenticator? oidc;
    private AuthenticationFile? authentication;

    private ControlPlane(ServerSettings settings, ConsoleLog log)
    {
        this.settings = settings;
        this.log = log;
    }

    public ServerAssembly Server { get; private set; } = null!;
    public ClusterPki Pki { get; private set; } = null!;
    public HandshakeLimit Handshakes { get; } = new();

    public const string AdminName = "system:admin";

    public X509Certificate2 Admin => Pki.Client("admin", AdminName, UserInfo.Masters);

    /// <summary>The client of one component, acting under its own name.</summary>
    public InProcessApi ApiFor(UserInfo user, string agent) => new(Server.Api, user, agent);

    public string Url => $"https://{(settings.BindAddress is "0.0.0.0" or "::" ? "127.0.0.1" : settings.BindAddress)}:{settings.HttpsPort}";

    /// <summary>Collections whose values this process keeps as they are beside the store: packing them there too would only add.</summary>
    public Func<string, bool> KeptWhole { get; set; } = static _ => false;

    public CancellationToken Stopping => stopping.Token;

    public Task<(string? File, BackupOutcome Outcome)> TakeSnapshot(string by, CancellationToken cancel) => orders!.TakeSnapshotBy(by, cancel);

    /// <summary>The administrator's access, where he looks for it.</summary>
    public void WriteKubeconfig()
    {
        if (settings.WriteKubeconfig is not { } path) return;
        try
        {
            Kubeconfig.Write(path, Kubeconfig.For(Url, Pki.AuthorityPem, Admin), settings.WriteKubeconfigMode);
            OwnerFiles.RememberKubeconfig(settings.DataDir, path);
            log.Info($"kubeconfig at {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warn($"the kubeconfig could not be written to {path}: {e.Message}; 'minik kubeconfig --data-dir {settings.DataDir}' prints it");
        }
    }

    /// <summary>Issues again what the clock or a new address of this machine demands; which.</summary>
    public IReadOnlyList<string> RenewCertificates()
    {
        var known = CertificateSpec.Of(Pki.Serving);
        var unknown = HostAddresses.Outer().Except(known.Addresses).ToList();
        var renewed = Pki.Renew();
        if (unknown.Count > 0 && Pki.Serve(known.DnsNames, [.. known.Addresses, .. unknown])) renewed = [.. renewed, $"apiserver for {string.Join(", ", unknown)}"];
        if (renewed.Count > 0) WriteKubeconfig();
        return renewed;
    }

    /// <summary>A running control plane, or what stands in its way.</summary>
    public static async Task<(ControlPlane? Plane, string? Refusal)> Start(ServerSettings settings, TimeProvider time, ConsoleLog log, CancellationToken cancel)
    {
        var plane = new ControlPlane(settings, log);
        var refusal = await plane.Open(time, cancel);
        if (refusal is null) return (plane, null);
        await plane.DisposeAsync();
        return (null, refusal);
    }

    private async Task<string?> Open(TimeProvider time, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var data = Path.Combine(settings.DataDir, "server");
        try
        {
            // The store says more than Secrets.
            PrivateFile.MakeDirectory(data);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return $"the data directory {settings.DataDir} can't be used: {e.Message}: run as root, or choose another with --data-dir";
        }
        var host = HostAddresses.Follow(time);
        var fixedAddress = settings.AdvertiseAddress ?? settings.NodeIp ?? (settings.BindAddress is "0.0.0.0" or "::" ? null : settings.BindAddress);
        var options = settings.ToServerOptions(() => fixedAddress ?? host().ToString());

        KeyRing keys;
        AesSealer sealer;
        try
        {
            keys = KeyRing.Open(OwnerFiles.SecretKeys(settings.DataDir));
            sealer = new AesSealer(keys, settings.EncryptSecrets ? AesSealer.Secrets : AesSealer.Nothing);
        }
        catch (Exception e) when (e is InvalidDataException or UnauthorizedAccessException or IOException)
        {
            return e.Message;
        }
        var opened = StateStore.OpenAsync(settings.ToStoreOptions(sealer) with { Packs = collection => !KeptWhole(collection) }, ServerAssembly.Terms, time);
        Pki = ClusterPki.Open(Path.Combine(settings.DataDir, "pki"), time, Names(), Addresses(options));
        // Authenticated is what everybody is who comes in with one.
        foreach (var (file, user) in Identities.Certified(settings)) Pki.Client(file, user.Name, [.. user.Groups.Where(g => g != UserInfo.Authenticated)]);
        var outcome = await opened;
        if (outcome.Refusal is { } refused) return refused.Message;
        store = outcome.Store!;
        log.Info($"store open at revision {store.Revision} ({store.Stats().Objects} objects) after {clock.ElapsedMilliseconds} ms");

        if (settings.AuditLogPath is { } auditPath)
        {
            var policy = settings.AuditPolicyFile is { } file ? AuditPolicy.Read(await File.ReadAllTextAsync(file, cancel)) : AuditPolicy.Default;
            if (policy.Error is { } wrong) return $"--audit-policy-file {settings.AuditPolicyFile}: {wrong.Message}";
            audit = new AuditLog(policy.Value, new AuditLogOptions(auditPath) { MaxBytes = (long)settings.AuditLogMaxSize << 20, MaxBackups = settings.AuditLogMaxBackup, MaxAge = TimeSpan.FromDays(settings.AuditLogMaxAge) }, time, log);
        }
        if (settings.Oidc is { } issuer) oidc = new OidcAuthenticator(issuer, time, log);
        if (settings.AuthenticationConfig is { } config)
        {
            var read = AuthenticationFile.Open(config, [options.ServiceAccountIssuer], time, log);
            if (read.Error is { } wrong) return $"--authentication-config {config}: {wrong.Message}";
            authentication = read.Value;
        }
        Server = new ServerAssembly(options, store, time, Pki, log, StaticTokens.Read(settings), stopping: stopping.Token, audit: audit, oidc: oidc, authentication: authentication);
        await Server.Bootstrap(cancel);
        if (settings.Token is not null && await JoinToken.Allow(ApiFor(new UserInfo("system:apiserver", [UserInfo.Masters]), "minik"), cancel) is { } disallowed) return disallowed;
        // Written before encryption was switched on or off, or sealed with an older key.
        if (sealer.SawStale && await store.ResealAsync(cancel) is { } unsealed) return unsealed.Message;
        (orders = new OwnerOrders(this, keys, store, settings.DataDir, settings.EncryptSecrets, time)).Register();
        ClusterFacts.Show(this, settings);
        if (await Listen() is { } busy) return busy;
        OwnerFiles.RememberAddress(settings.DataDir, Url);
        OwnerFiles.RememberNode(settings);
        log.Info($"API server at {Url} after {clock.ElapsedMilliseconds} ms");
        if (settings.Token is not null) log.Info($"nodes join with: minik agent --join https://{options.AdvertiseAddress}:{settings.HttpsPort} --token sha256:{JoinSecret.HashOf(Pki.Authority)}:TOKEN, where TOKEN is what was given as --token here");
        return null;
    }

    private List<string> Names() =>
    [
        "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", $"kubernetes.default.svc.{settings.ClusterDomain}", settings.NodeName,
        .. settings.TlsSans.Where(s => !IPAddress.TryParse(s, out _)),
    ];

    private List<IPAddress> Addresses(ServerOptions options) =>
    [
        .. new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, ServiceNetwork.Parse(options.ServiceCidr).First, IPAddress.Parse(options.AdvertiseAddress) }
            .Concat(HostAddresses.All())
            .Concat(settings.TlsSans.Select(s => IPAddress.TryParse(s, out var a) ? a : null).OfType<IPAddress>())
            .Distinct(),
    ];

    private async Task<string?> Listen()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        // Requests never block a thread, so they may run where the socket's bytes came in.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(100, TimeSpan.FromSeconds(10));
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Parse(settings.BindAddress), settings.HttpsPort, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                Handshakes.Around(listen);
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    HandshakeTimeout = TimeSpan.FromSeconds(10),
#pragma warning disable CA5359 // It is clients' certificates that are looked at later.
                    OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = Pki.ServingChain,
                        // Any certificate may be shown; whether it proves anything is decided per request, with a Status for an answer.
                        ClientCertificateRequired = true,
                        RemoteCertificateValidationCallback = (_, _, _, _) => true,
                        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    }),
#pragma warning restore CA5359
                });
                Handshakes.Done(listen);
            });
        });
        web = builder.Build();
        web.UseWebSockets();
        web.Run(Server.Front.Serve);
        try
        {
            await web.StartAsync();
            return null;
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return $"port {settings.HttpsPort} on {settings.BindAddress} is in use by another program: stop it, or choose another with --https-port";
        }
        catch (SocketException e)
        {
            return $"can't listen on {settings.BindAddress}:{settings.HttpsPort}: {e.Message}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (web is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            await web.StopAsync(patience.Token);
            await web.DisposeAsync();
        }
        orders?.Dispose();
        oidc?.Dispose();
        authentication?.Dispose();
        if (audit is not null) await audit.DisposeAsync();
        if (store is not null) await store.DisposeAsync();
        stopping.Dispose();
    }
}

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.Server.Oidc;

/// <summary>
/// The issuer's keys as it publishes them: asked for when first needed, when a token names one we don't know, and once an
/// hour. However many tokens ask, the issuer is asked once, and not again for some seconds: neither a dead issuer nor
/// made-up key names cost more than that.
/// </summary>
internal sealed class Issuer : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly IssuerRules rules;
    private readonly TimeProvider time;
    private readonly ILog log;
    private readonly HttpClient http;
    private readonly Lock gate = new();
    private IssuerKeys? keys;
    private DateTimeOffset asked = DateTimeOffset.MinValue;
    private Task asking = Task.CompletedTask;

    public Issuer(IssuerRules rules, TimeProvider time, ILog log)
    {
        (this.rules, this.time, this.log) = (rules, time, log);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) };
        if (rules.Authorities is { } authorities) handler.SslOptions.RemoteCertificateValidationCallback = Trusting(authorities);
        http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 1 << 20 };
    }

    /// <summary>The keys, with that one among them if the issuer has it; null while the issuer can't be asked.</summary>
    public async ValueTask<IssuerKeys?> KeysWith(string id, CancellationToken cancel)
    {
        Task wait;
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (keys is not null && keys.Knows(id) && now - asked < Fresh) return keys;
            if (asking.IsCompleted && (now - asked >= Pause || now < asked))
            {
                asked = now;
                asking = Task.Run(Ask, CancellationToken.None);
            }
            // Known keys go on counting while others are asked for.
            if (keys is not null && keys.Knows(id)) return keys;
            wait = asking;
        }
        await wait.WaitAsync(cancel);
        lock (gate) return keys;
    }

    private async Task Ask()
    {
        try
        {
            var about = await Read(rules.DiscoveryUrl ?? rules.Url.TrimEnd('/') + "/.well-known/openid-configuration");
            if (about.Text("issuer") != rules.Url) throw new FormatException($"it calls itself \"{about.Text("issuer")}\"");
            var fresh = IssuerKeys.Read(await Read(about.Text("jwks_uri") ?? throw new FormatException("it names no jwks_uri")));
            lock (gate) keys = fresh;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or FormatException or JsonException or UriFormatException or InvalidOperationException)
        {
            log.Warn($"OIDC issuer {rules.Url}: {e.Message}");
        }
    }

    private async Task<JsonMap> Read(string url) => JsonReader.ReadMap(await http.GetByteArrayAsync(new Uri(url)));

    private static RemoteCertificateValidationCallback Trusting(X509Certificate2Collection roots)
    {
        return (_, certificate, shown, errors) =>
        {
            if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false;
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.DisableCertificateDownloads = true;
            if (shown is not null) foreach (var element in shown.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            return chain.Build((X509Certificate2)certificate);
        };
    }

    public void Dispose() => http.Dispose();
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>From a token to a certificate: who the cluster is, then who this node is to it. What can't be mended by waiting is said and is the end.</summary>
internal sealed class Joining(AgentSettings settings, Uri server, NodeKeys keys, TimeProvider time, Action<string> warn)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(3);

    /// <summary>The signer needs a moment for a token that was made a moment ago.</summary>
    private const int SignerLooks = 10;

    /// <summary>Null once the node has its certificate, else why it can't have one.</summary>
    public async Task<string?> Run(CancellationToken cancel)
    {
        if (keys.IsKnown(time.GetUtcNow())) return null;
        if (settings.Secret is not { } secret) return $"this machine hasn't joined as {settings.NodeName} before, or its certificate has expired: name a token with --token ('minik token create --print-join-command' on the server makes one)";
        var (authorities, unproven) = await Discover(secret, cancel);
        if (authorities is null) return $"the server at {server} isn't trusted: {unproven}";
        using var api = new HttpApi(new HttpApiOptions(server) { Authorities = authorities, Token = _ => ValueTask.FromResult<string?>(secret.Token), UserAgent = "minik-agent" });
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Result<string> signed;
        while ((signed = await SigningRequest.Run(api, key, keys.ClientSpec, SigningRequest.NodeClient, time, cancel)).Error is { Code: 429 or >= 500 } busy)
        {
            warn($"{busy.Message}; trying again");
            await Task.Delay(Again, time, cancel);
        }
        if (signed.Error is { Code: 401 }) return $"the server at {server} doesn't take this token: it is wrong or has expired; 'minik token create' on the server makes another";
        if (!signed.Ok) return $"the server at {server} gave no certificate: {signed.Error!.Message}";
        using (var own = X509Certificate2.CreateFromPem(signed.Value, key.ExportPkcs8PrivateKeyPem()))
            if (await Taken(authorities, own, cancel) is { } taken) return taken;
        keys.Believe(authorities);
        keys.KeepClient(signed.Value, key);
        return null;
    }

    /// <summary>Tells of a server that doesn't answer, once per cause, and waits for it.</summary>
    private async Task<(X509Certificate2Collection? Authorities, string? Fault)> Discover(JoinSecret secret, CancellationToken cancel)
    {
#pragma warning disable CA5359 // What it shows is proven by the token, not by the handshake; until then nothing is told to it.
        using var stranger = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true }, ConnectTimeout = TimeSpan.FromSeconds(10) }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(15) };
#pragma warning restore CA5359
        string? said = null;
        for (var looks = 1; ; looks++)
        {
            string fault;
            try
            {
                using var answer = await stranger.GetAsync("/api/v1/namespaces/kube-public/configmaps/cluster-info", cancel);
                var body = await answer.Content.ReadAsByteArrayAsync(cancel);
                if (answer.IsSuccessStatusCode)
                {
                    var proof = AuthorityProof.Of(JsonReader.ReadMap(body), secret);
                    if (proof.Authorities is not null || looks >= SignerLooks) return proof;
                    await Task.Delay(TimeSpan.FromMilliseconds(300), time, cancel);
                    continue;
                }
                if (answer.StatusCode is System.Net.HttpStatusCode.Unauthorized or System.Net.HttpStatusCode.Forbidden or System.Net.HttpStatusCode.NotFound) return (null, $"it doesn't show its cluster-info (HTTP {(int)answer.StatusCode}): is it a minik server?");
                fault = $"HTTP {(int)answer.StatusCode}";
            }
            catch (Exception e) when (e is HttpRequestException || e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                fault = (e.InnerException ?? e).Message;
            }
            catch (System.Text.Json.JsonException)
            {
                return (null, "it answered with something else than a Kubernetes API");
            }
            if (said != fault) warn($"the server at {server} can't be reached: {fault}; trying again (does 'minik server' run there, and does a firewall let through to it?)");
            said = fault;
            await Task.Delay(Again, time, cancel);
        }
    }

    /// <summary>A node of that name that lives is another machine's: this one has never been it, or has forgotten it.</summary>
    private async Task<string?> Taken(X509Certificate2Collection authorities, X509Certificate2 own, CancellationToken cancel)
    {
        using var api = new HttpApi(new HttpApiOptions(server) { Authorities = authorities, ClientCertificate = own, UserAgent = "minik-agent" });
        var got = await api.Get(Resources.RefOf<Node>(), null, settings.NodeName, cancel: cancel);
        if (!got.Ok) return got.Error!.Code == 404 ? null : $"the server at {server} doesn't tell of node {settings.NodeName}: {got.Error.Message}";
        return Resources.Of<Node>().Read(got.Value.Json).Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true
            ? $"there is a node {settings.NodeName} already, and it is alive: name this one otherwise with --node-name; if this machine was that node before, 'kubectl delete node {settings.NodeName}' first"
            : null;
    }
}

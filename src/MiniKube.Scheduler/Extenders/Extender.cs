using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Machinery;

namespace MiniKube.Scheduler.Extenders;

/// <summary>Asks one extender. Whatever keeps it from answering is a text.</summary>
public sealed class Extender : IDisposable
{
    private readonly HttpClient http;

    public Extender(ExtenderSettings settings)
    {
        Settings = settings;
        http = new(new SocketsHttpHandler { SslOptions = Secured(settings), UseProxy = false }) { Timeout = settings.Timeout, BaseAddress = settings.Url };
        // The handler checks certificates against the name it asks for.
        if (settings.ServerName is { } name) http.DefaultRequestHeaders.Host = name;
    }

    public ExtenderSettings Settings { get; }

    public async Task<(ExtenderWire.Filtered? Answer, string? Error)> Filter(PodInfo pod, IReadOnlyList<NodeInfo> nodes, CancellationToken cancel)
    {
        var (answer, error) = await Ask(Settings.FilterVerb!, ExtenderWire.Question(pod, nodes, Settings.KnowsNodes), cancel);
        return error is not null ? (null, error)
            : answer is JsonMap map ? ExtenderWire.ReadFilter(map, nodes, Settings.KnowsNodes) : (null, $"the answer of {Settings.Url}{Settings.FilterVerb} is not an object");
    }

    /// <summary>Nothing when it doesn't say.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Prioritize(PodInfo pod, IReadOnlyList<NodeInfo> nodes, CancellationToken cancel)
    {
        var (answer, _) = await Ask(Settings.PrioritizeVerb!, ExtenderWire.Question(pod, nodes, Settings.KnowsNodes), cancel);
        return ExtenderWire.ReadPriorities(answer as JsonList ?? []);
    }

    public async Task<string?> Bind(PodInfo pod, string node, CancellationToken cancel)
    {
        var (answer, error) = await Ask(Settings.BindVerb!, ExtenderWire.Binding(pod, node), cancel);
        return error ?? (answer is JsonMap map && ExtenderWire.Text(map, "error") is { Length: > 0 } refused ? refused : null);
    }

    public async Task<(IReadOnlyList<PreemptionCandidate> Left, string? Error)> Preempt(PodInfo pod, IReadOnlyList<PreemptionCandidate> candidates, CancellationToken cancel)
    {
        var (answer, error) = await Ask(Settings.PreemptVerb!, ExtenderWire.Victims(pod, candidates, Settings.KnowsNodes), cancel);
        return error is null ? (ExtenderWire.ReadVictims(answer as JsonMap ?? [], candidates), null) : (candidates, error);
    }

    public void Dispose() => http.Dispose();

    private async Task<(Json? Answer, string? Error)> Ask(string verb, JsonMap question, CancellationToken cancel)
    {
        try
        {
            using var content = new ByteArrayContent(JsonWriter.ToUtf8(question));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await http.PostAsync(verb, content, cancel);
            if (response.StatusCode != System.Net.HttpStatusCode.OK)
                return (null, $"failed {verb} with extender at URL {Settings.Url}{verb}, code {(int)response.StatusCode}");
            return (JsonReader.Read(await response.Content.ReadAsByteArrayAsync(cancel)), null);
        }
        catch (Exception e) when (e is HttpRequestException or FormatException or System.Text.Json.JsonException || e is TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return (null, $"Post \"{Settings.Url}{verb}\": {e.Message}");
        }
    }

    private static SslClientAuthenticationOptions Secured(ExtenderSettings settings)
    {
        var options = new SslClientAuthenticationOptions();
        if (settings.Client is { } own) options.ClientCertificates = [own];
        if (settings.TrustAnybody) options.RemoteCertificateValidationCallback = (_, _, _, _) => settings.TrustAnybody;
        else if (settings.Authorities is { } authorities)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        return options;
    }
}

using MiniKube.Machinery;
using MiniKube.Machinery.Cel;
using MiniKube.Server.Streams;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>One webhook of a configuration: whom it is asked about, where it is, what becomes of silence. Pure.</summary>
internal sealed record Webhook(string Configuration, string Name, string Url, string CaBundle, MatchRules Match, MatchConditions Conditions, bool Ignores, int Timeout, bool Reinvoked, string ReviewVersion)
{
    private static readonly string[] Spoken = ["v1", "v1beta1"];

    public static IReadOnlyList<Webhook> All(ISnapshot snapshot, string collection) =>
        [.. snapshot.List(collection).OrderBy(e => e.Key.Name, StringComparer.Ordinal).SelectMany(e => (ObjectCodec.Kept(e).List("webhooks") ?? []).Maps().Select(w => Of(e.Key.Name, w)))];

    private static Webhook Of(string configuration, JsonMap webhook)
    {
        var client = webhook.Map("clientConfig") ?? [];
        var ignores = webhook.Text("failurePolicy") == "Ignore";
        var timeout = (int)(webhook.Whole("timeoutSeconds") ?? 10);
        return new(configuration, webhook.Text("name") ?? "", ServiceClients.UrlOf(client) is var url && url.Contains('?') ? $"{url}&timeout={timeout}s" : $"{url}?timeout={timeout}s", client.Text("caBundle") ?? "",
            MatchRules.OfWebhook(webhook), MatchConditions.Of(webhook.List("matchConditions"), CelAdmission.ForWebhooks, ignores), ignores, timeout,
            webhook.Text("reinvocationPolicy") == "IfNeeded", (webhook.List("admissionReviewVersions") ?? []).Texts().FirstOrDefault(Spoken.Contains) ?? Spoken[0]);
    }
}

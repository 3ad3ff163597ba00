using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The question to a webhook that converts objects from one version to another, and what its answer comes to. Pure.</summary>
internal static class ConversionReview
{
    private const string Group = "apiextensions.k8s.io";
    private static readonly string[] Spoken = ["v1", "v1beta1"];

    /// <summary>The first version of those it understands that is spoken here; null for none.</summary>
    public static string? VersionOf(IEnumerable<string> understood) => understood.FirstOrDefault(Spoken.Contains);

    public static JsonMap Ask(string version, string uid, string desired, IReadOnlyList<JsonMap> objects) => new()
    {
        { "kind", "ConversionReview" }, { "apiVersion", $"{Group}/{version}" },
        { "request", new JsonMap { { "uid", uid }, { "desiredAPIVersion", desired }, { "objects", new JsonList(objects.Select(o => (Json)o)) } } },
    };

    /// <summary>The objects in the desired version, in their order; or what is wrong with the answer. Of: what was to be converted, a kind or its list.</summary>
    public static (IReadOnlyList<JsonMap> Objects, string? Fault) Read(JsonMap review, string version, string uid, string desired, IReadOnlyList<JsonMap> asked, string of, bool list)
    {
        (IReadOnlyList<JsonMap>, string?) Wrong(string how) => ([], $"conversion webhook for {of} {how}");

        if (version == "v1" && (review.Text("apiVersion"), review.Text("kind")) != ($"{Group}/v1", "ConversionReview"))
            return Wrong($"failed: expected webhook response of {Group}/v1, Kind=ConversionReview, got {review.Text("apiVersion")}, Kind={review.Text("kind")}");
        if (review.Map("response") is not { } response) return Wrong("failed: no response provided");
        if (version == "v1" && response.Text("uid") != uid) return Wrong($"failed: expected response.uid=\"{uid}\", got \"{response.Text("uid")}\"");
        if (response.Map("result")?.Text("status") is var status && status != "Success")
            return Wrong($"failed: {(response.Map("result")?.Text("message") is { Length: > 0 } message ? message : $"response.result.status was '{status}', not 'Success'")}");
        var converted = response.List("convertedObjects") ?? [];
        if (converted.Count != asked.Count) return Wrong($"returned {converted.Count} objects, expected {asked.Count}");

        var made = new List<JsonMap>(asked.Count);
        for (var i = 0; i < asked.Count; i++)
        {
            // Upstream counts the items of a list from one here.
            var (invalid, at) = list ? ("returned invalid converted object", $" at index {i + 1}") : ("returned invalid object", "");
            if (converted[i] is not JsonMap one) return Wrong($"{invalid}{at}: it is no object");
            if (one.Text("apiVersion") != desired) return Wrong($"{invalid} at index {(list ? i + 1 : 0)}: invalid groupVersion (expected {desired}, received {one.Text("apiVersion")})");
            if (one.Text("kind") != asked[i].Text("kind")) return Wrong($"{invalid} at index {(list ? i + 1 : 0)}: invalid kind (expected {asked[i].Text("kind")}, received {one.Text("kind")})");
            var (before, after) = (asked[i].Map("metadata") ?? [], one.Map("metadata"));
            foreach (var (member, called) in new[] { ("name", "name"), ("namespace", "namespace"), ("uid", "UID") })
                if ((before.Text(member) ?? "") != (after?.Text(member) ?? "")) return Wrong($"{invalid}{at}: must have the same {called}: {before.Text(member)} != {after?.Text(member)}");
            if (after is null) return Wrong($"returned invalid metadata{(list ? " in object" + at : "")}: missing metadata in converted object");
            var metadata = Restored(before, after);
            if (metadata.Error is { } odd) return Wrong($"returned invalid metadata{(list ? " in object" + at : "")}: {odd.Message}");
            var next = new JsonMap { { "kind", one["kind"]! }, { "apiVersion", desired }, { "metadata", metadata.Value } };
            foreach (var (key, value) in one)
                if (!next.Has(key)) next.Set(key, value);
            made.Add(next);
        }
        return (made, null);
    }

    /// <summary>Labels and annotations are the converter's to change, and nothing else is.</summary>
    private static Result<JsonMap> Restored(JsonMap before, JsonMap after)
    {
        var metadata = before.CloneMap();
        foreach (var member in new[] { "labels", "annotations" })
        {
            switch (after[member])
            {
                case null or JsonNull:
                    metadata.Remove(member);
                    break;
                case JsonMap said:
                    if (said.FirstOrDefault(m => m.Value is not JsonText) is { Key: { } key, Value: { } odd }) return Bad($"metadata.{member}[{key}] must be a string, but is {GoText.TypeOf(odd)} in converted object");
                    metadata.Set(member, said);
                    break;
                case { } other:
                    return Bad($"invalid metadata.{member} of type {GoText.TypeOf(other)} in converted object");
            }
        }
        return metadata;

        static ApiError Bad(string why) => new(500, "", why);
    }
}

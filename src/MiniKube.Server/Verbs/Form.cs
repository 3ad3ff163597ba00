using MiniKube.Machinery;

namespace MiniKube.Server;

public enum Shape
{
    Object,
    Table,
    Metadata,
}

/// <summary>How the client wants its answer, read from the Accept header.</summary>
public readonly record struct Form(Shape Shape, string MediaType, string MetaVersion, ApiError? Error = null)
{
    private static readonly Form Plain = new(Shape.Object, "application/json", "v1");

    private const string Offered = "only the following media types are accepted: application/json, application/yaml";

    public bool IsYaml => MediaType == "application/yaml";

    /// <summary>The whole object as JSON: what is stored.</summary>
    public bool IsPlain => Shape == Shape.Object && !IsYaml;

    public static Form Of(string accept, bool shaped = true)
    {
        if (accept.Length == 0 || accept is "*/*" or "application/json") return Plain;
        foreach (var range in accept.Split(','))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            string? kind = null, version = null, group = null;
            foreach (var parameter in parts.AsSpan(1))
            {
                var at = parameter.IndexOf('=');
                if (at < 0) continue;
                var value = parameter[(at + 1)..].Trim('"');
                switch (parameter[..at].ToLowerInvariant())
                {
                    case "as": kind = value; break;
                    case "v": version = value; break;
                    case "g": group = value; break;
                }
            }
            var type = parts[0].ToLowerInvariant() switch
            {
                "*/*" or "application/*" or "application/json" => "application/json",
                "application/yaml" => "application/yaml",
                _ => null,
            };
            if (type is null) continue;
            var known = group is null or "meta.k8s.io" && version is null or "v1" or "v1beta1";
            switch (kind)
            {
                case null:
                    return Plain with { MediaType = type };
                case "Table" when known && shaped:
                    return new(Shape.Table, type, version ?? "v1");
                case "PartialObjectMetadata" or "PartialObjectMetadataList" when known && shaped:
                    return new(Shape.Metadata, type, version ?? "v1");
            }
        }
        return Plain with { Error = ApiError.NotAcceptable(Offered) };
    }
}

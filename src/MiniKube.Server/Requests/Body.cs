using System.Text;
using System.Text.Json;
using MiniKube.Kinds;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Request bodies to trees, with every way of getting one wrong answered as upstream does.</summary>
internal static class Body
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";
    private const string Known = "application/json, application/yaml, " + Protobuf;

    /// <summary>A tree from JSON or YAML; duplicates are collected with their paths.</summary>
    public static Result<Json> Read(ApiRequest request, List<string> duplicates)
    {
        try
        {
            switch (MediaType(request))
            {
                case "" or "application/json" or "text/plain" or "application/json-patch+json" or "application/merge-patch+json"
                    or "application/strategic-merge-patch+json" or "application/apply-patch+json":
                    return JsonReader.Read(request.Body.Span, duplicates.Add);
                case "application/yaml" or "text/yaml" or "application/apply-patch+yaml":
                    return YamlReader.Read(new UTF8Encoding(false, true).GetString(request.Body.Span), duplicates.Add);
                default:
                    return ApiError.UnsupportedMediaType($"the body of the request was in an unknown format - accepted media types include: {Known}");
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException)
        {
            return ApiError.BadRequest($"error decoding request body: {e.Message}");
        }
    }

    /// <summary>An object of the kind: identity checked, unknown fields reported as fieldValidation asks, defaults not yet filled in.</summary>
    public static Result<JsonMap> Object(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Body.IsEmpty) return ApiError.BadRequest($"unable to decode an object from an empty body: expected {kind.Name}");
        if (MediaType(request) == Protobuf) return Wire(server, kind, request);
        var duplicates = new List<string>();
        var read = Read(request, duplicates);
        if (read.Error is { } unreadable) return unreadable;
        if (read.Value is not JsonMap obj)
            return ApiError.BadRequest($"{kind.Name} in version \"{kind.Version}\" cannot be handled as a {kind.Name}: json: cannot unmarshal {GoText.TypeOf(read.Value)} into Go value of type {kind.Version}.{kind.Name}");
        return Checked(server, kind, request, obj, duplicates);
    }

    /// <summary>A body that is no kind of its own, in any of the encodings.</summary>
    public static Result<Json> As(ApiRequest request, SchemaRef schema)
    {
        if (MediaType(request) != Protobuf) return Read(request, []);
        try
        {
            return WireReader.Read(WireReader.Envelope(request.Body).Raw, schema.Value, FieldNumbers.Of);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return ApiError.BadRequest($"error decoding request body: {e.Message}");
        }
    }

    private static Result<JsonMap> Wire(ServerContext server, Kind kind, ApiRequest request)
    {
        try
        {
            var (apiVersion, name, raw) = WireReader.Envelope(request.Body);
            var sent = server.Kinds.All.Concat(BuiltInKinds.Bodies).FirstOrDefault(k => k.ApiVersion == apiVersion && k.Name == name) ?? kind;
            var obj = WireReader.Read(raw, sent.Schema.Value, FieldNumbers.Of);
            obj.Set("apiVersion", apiVersion);
            obj.Set("kind", name);
            return Checked(server, kind, request, obj, []);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return ApiError.BadRequest($"error decoding request body: {e.Message}");
        }
    }

    /// <summary>What was sent, for the record: whatever encoding it came in, null where it is none we know.</summary>
    public static Json? Recorded(string contentType, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) return null;
        try
        {
            switch (MediaType(contentType))
            {
                case Protobuf:
                    var (apiVersion, name, raw) = WireReader.Envelope(body);
                    if (BuiltInKinds.All.Concat(BuiltInKinds.Bodies).FirstOrDefault(k => k.ApiVersion == apiVersion && k.Name == name) is not { } kind) return null;
                    var sent = new JsonMap { { "kind", name }, { "apiVersion", apiVersion } };
                    foreach (var (key, value) in WireReader.Read(raw, kind.Schema.Value, FieldNumbers.Of)) sent.Set(key, value);
                    return sent;
                case "application/yaml" or "text/yaml" or "application/apply-patch+yaml":
                    return YamlReader.Read(Encoding.UTF8.GetString(body.Span), static _ => { });
                default:
                    return JsonReader.Read(body.Span);
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string MediaType(ApiRequest request) => MediaType(request.ContentType);

    private static string MediaType(string contentType) => contentType.Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>The same checks for an object that a patch produced.</summary>
    public static Result<JsonMap> Checked(ServerContext server, Kind kind, ApiRequest request, JsonMap obj, List<string> duplicates)
    {
        if (Identity(server, kind, obj) is { } mismatch) return mismatch;
        request.Trail?.Meant(obj);
        var mode = request.Query["fieldValidation"] ?? "Warn";
        if (mode is not ("Ignore" or "Warn" or "Strict"))
        {
            return ApiError.Invalid("meta.k8s.io", request.Info.Verb == "create" ? "CreateOptions" : request.Info.Verb == "patch" ? "PatchOptions" : "UpdateOptions", "",
                [FieldError.NotSupported("fieldValidation", mode, ["Ignore", "Strict", "Warn"])]);
        }
        var unknown = new List<string>();
        if (Decoding.Apply(kind, obj, unknown) is { } wrong) return wrong;
        var strict = duplicates.Select(Decoding.DuplicateField).Concat(unknown.Select(Decoding.UnknownField)).ToList();
        if (strict.Count > 0)
        {
            if (mode == "Strict") return Decoding.Strict(kind, strict);
            if (mode == "Warn") request.Warnings.AddRange(strict);
        }
        return obj;
    }

    private static ApiError? Identity(ServerContext server, Kind kind, JsonMap obj)
    {
        var (apiVersion, name) = (obj.Text("apiVersion"), obj.Text("kind"));
        if (string.IsNullOrEmpty(apiVersion)) obj.Set("apiVersion", apiVersion = kind.ApiVersion);
        if (string.IsNullOrEmpty(name)) obj.Set("kind", name = kind.Name);
        if (apiVersion == kind.ApiVersion && name == kind.Name) return null;
        var slash = apiVersion.IndexOf('/');
        var (group, version) = slash < 0 ? ("", apiVersion) : (apiVersion[..slash], apiVersion[(slash + 1)..]);
        if (server.Kinds.FindByName(group, version, name) is null)
            return ApiError.BadRequest($"{name} in version \"{version}\" cannot be handled as a {kind.Name}: no kind \"{name}\" is registered for version \"{apiVersion}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"");
        if (name != kind.Name)
            return ApiError.BadRequest($"{name} in version \"{version}\" cannot be handled as a {kind.Name}: converting ({version}.{name}) to ({(kind.Group.Length == 0 ? "core" : kind.Group.Split('.')[0])}.{kind.Name}): unknown conversion");
        return ApiError.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({kind.ApiVersion})");
    }
}

using System.Globalization;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>The parameters of list, watch and deletecollection, checked.</summary>
internal sealed record ListOptions
{
    private readonly Kind kind;

    private ListOptions(Kind kind) => this.kind = kind;

    public LabelSelector Labels { get; init; } = LabelSelector.Everything;
    public FieldSelector Fields { get; init; } = FieldSelector.Everything;
    public string ResourceVersion { get; init; } = "";
    public string Match { get; init; } = "";
    public int Limit { get; init; }
    public string Continue { get; init; } = "";
    public TimeSpan? Timeout { get; init; }
    public bool Bookmarks { get; init; }
    public bool? SendInitialEvents { get; init; }

    public bool SelectsAll => Labels.IsEverything && Fields.IsEverything;

    public long Revision => long.Parse(ResourceVersion.Length == 0 ? "0" : ResourceVersion, CultureInfo.InvariantCulture);

    public bool Selects(Entry entry)
    {
        if (!Labels.IsEverything && !Labels.Matches(entry.Terms.Label)) return false;
        return Fields.IsEverything || Fields.Matches(path => Field(entry, path));
    }

    private string? Field(Entry entry, string path) => path switch
    {
        "metadata.name" => entry.Key.Name,
        "metadata.namespace" => entry.Key.Namespace,
        // The terms of custom kinds hold labels only: their fields are read from the object.
        _ => entry.Terms.Field(path) ?? kind.SelectableFields.FirstOrDefault(f => f.Path == path)?.Read(ObjectCodec.Read(entry)),
    };

    public static Result<ListOptions> Of(Kind kind, ApiRequest request, bool watch)
    {
        var query = request.Query;
        var labels = LabelSelector.Parse(query["labelSelector"]);
        if (labels.Error is { } badLabels) return badLabels;
        var fields = FieldSelector.Parse(query["fieldSelector"]);
        if (fields.Error is { } badFields) return badFields;
        foreach (var requirement in fields.Value.Requirements)
            if (Unknown(kind, requirement.Path) is { } unknown) return unknown;

        var limit = Number(query["limit"]);
        if (limit.Error is { } badLimit) return badLimit;
        var seconds = Number(query["timeoutSeconds"]);
        if (seconds.Error is { } badTimeout) return badTimeout;
        var version = query["resourceVersion"] ?? "";
        var match = query["resourceVersionMatch"] ?? "";
        var initial = query["sendInitialEvents"] is { } sent ? sent is not ("0" or "false") : (bool?)null;
        var token = query["continue"] ?? "";

        if (version.Length > 0 && !(ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked <= long.MaxValue))
        {
            var fault = $"resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax";
            return watch ? new ApiError(500, "", fault) : ApiError.BadRequest($"invalid resource version: {fault}");
        }
        if (Refused(watch, version, match, initial, token) is { } refused)
            return ApiError.Invalid("meta.k8s.io", "ListOptions", "", [refused]);

        return new ListOptions(kind)
        {
            Labels = labels.Value, Fields = fields.Value, ResourceVersion = version, Match = match,
            Limit = (int)Math.Clamp(limit.Value ?? 0, 0, int.MaxValue), Continue = token,
            Timeout = seconds.Value is > 0 ? TimeSpan.FromSeconds(Math.Min(seconds.Value.Value, 86_400 * 30)) : null,
            Bookmarks = query.Flag("allowWatchBookmarks"), SendInitialEvents = initial,
        };
    }

    private static FieldError? Refused(bool watch, string version, string match, bool? initial, string token)
    {
        if (watch)
        {
            if (initial is not null && match != "NotOlderThan")
                return FieldError.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
            if (initial is null && match.Length > 0)
                return FieldError.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
            return null;
        }
        if (initial is not null) return FieldError.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        if (match.Length == 0) return null;
        if (token.Length > 0) return FieldError.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        if (version.Length == 0) return FieldError.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (match is not ("Exact" or "NotOlderThan")) return FieldError.NotSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan"]);
        if (match == "Exact" && version == "0")
            return FieldError.Forbidden("resourceVersionMatch", "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
        return null;
    }

    private static ApiError? Unknown(Kind kind, string path)
    {
        if (path is "metadata.name" or "metadata.namespace" || kind.SelectableFields.Any(f => f.Path == path)) return null;
        // Kinds with selectable fields of their own answer in other words than those with none.
        return kind.SelectableFields.Count > 0
            ? ApiError.BadRequest($"field label not supported: {path}")
            : ApiError.BadRequest($"\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
    }

    private static Result<long?> Number(string? text)
    {
        if (string.IsNullOrEmpty(text)) return (long?)null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? (long?)number
            : ApiError.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }
}

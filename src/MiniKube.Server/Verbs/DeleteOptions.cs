using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The wishes that come with a delete, from the body or the query.</summary>
internal sealed record DeleteOptions
{
    public long? GracePeriodSeconds { get; init; }
    public string? Propagation { get; init; }
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public bool DryRun { get; init; }

    private static readonly SchemaRef Schema = Kinds.RecordSchema.Of<Kinds.Meta.DeleteOptions>();

    public static Result<DeleteOptions> Of(ApiRequest request)
    {
        var query = request.Query;
        var options = new DeleteOptions
        {
            Propagation = query["propagationPolicy"], DryRun = request.DryRun,
            GracePeriodSeconds = long.TryParse(query["gracePeriodSeconds"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var grace) ? grace : null,
        };
        if (query["orphanDependents"] is { } orphan) options = options with { Propagation = orphan == "true" ? "Orphan" : "Background" };
        if (!request.Body.IsEmpty)
        {
            var read = Body.As(request, Schema);
            if (read.Error is { } bad) return bad;
            if (read.Value is not JsonMap body) return ApiError.BadRequest("the body of a delete must be DeleteOptions");
            if (body.Text("kind") is { } kind and not "DeleteOptions")
                return ApiError.BadRequest($"{kind} in version \"{body.Text("apiVersion")}\" cannot be handled as a DeleteOptions: unexpected kind");
            options = options with
            {
                GracePeriodSeconds = body.Whole("gracePeriodSeconds") ?? options.GracePeriodSeconds,
                Propagation = body.Text("propagationPolicy") ?? (body.Bool("orphanDependents") is { } orphaned ? orphaned ? "Orphan" : "Background" : options.Propagation),
                Uid = body.Map("preconditions")?.Text("uid"),
                ResourceVersion = body.Map("preconditions")?.Text("resourceVersion"),
                DryRun = options.DryRun || body.List("dryRun") is { Count: > 0 },
            };
        }
        if (options.Propagation is not (null or "Orphan" or "Background" or "Foreground"))
        {
            return ApiError.Invalid("meta.k8s.io", "DeleteOptions", "",
                [FieldError.NotSupported("propagationPolicy", options.Propagation, ["Background", "Foreground", "Orphan"])]);
        }
        return options;
    }
}

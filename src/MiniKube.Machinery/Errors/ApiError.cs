namespace MiniKube.Machinery;

/// <summary>
/// An expected failure of an API request: the closed set of upstream's reasons. It travels as a value and becomes a
/// Kubernetes <c>Status</c> in one place, <see cref="ToStatus"/>.
/// </summary>
public sealed record ApiError(int Code, string Reason, string Message)
{
    public string? Name { get; init; }
    public string? Group { get; init; }
    public string? Kind { get; init; }
    public string? Uid { get; init; }
    public int? RetryAfterSeconds { get; init; }

    /// <summary>With which the rest of a list can be had that can't be had as it was.</summary>
    public string? Continue { get; init; }

    public IReadOnlyList<FieldError> Causes { get; init; } = [];
    public IReadOnlyList<ApplyConflict> ApplyConflicts { get; init; } = [];

    private static string Qualified(string group, string resource) => group.Length == 0 ? resource : $"{resource}.{group}";

    public static ApiError NotFound(string group, string resource, string name) =>
        new(404, "NotFound", $"{Qualified(group, resource)} \"{name}\" not found") { Name = name, Group = group, Kind = resource };

    public static ApiError AlreadyExists(string group, string resource, string name) =>
        new(409, "AlreadyExists", $"{Qualified(group, resource)} \"{name}\" already exists") { Name = name, Group = group, Kind = resource };

    public static ApiError Conflict(string group, string resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {Qualified(group, resource)} \"{name}\": {why}")
        { Name = name, Group = group, Kind = resource };

    public const string Modified =
        "the object has been modified; please apply your changes to the latest version and try again";

    /// <summary>422 for a kind ("Pod"), with every cause.</summary>
    public static ApiError Invalid(string group, string kind, string name, IReadOnlyList<FieldError> causes)
    {
        var lines = causes.Select(c => c.Path.Length == 0 ? c.Message : $"{c.Path}: {c.Message}").Distinct().ToArray();
        var all = lines.Length switch
        {
            0 => "",
            1 => lines[0],
            _ => $"[{string.Join(", ", lines)}]",
        };
        return new(422, "Invalid", $"{Qualified(group, kind)} \"{name}\" is invalid: {all}")
        {
            Name = name, Group = group, Kind = kind, Causes = causes,
        };
    }

    public static ApiError BadRequest(string message) => new(400, "BadRequest", message);
    public static ApiError Unauthorized() => new(401, "Unauthorized", "Unauthorized");
    public static ApiError Forbidden(string message) => new(403, "Forbidden", message);

    public static ApiError Forbidden(string group, string resource, string name, string why) =>
        new(403, "Forbidden", $"{Qualified(group, resource)} \"{name}\" is forbidden: {why}") { Name = name, Group = group, Kind = resource };

    /// <summary>The path itself is not served (no resource of that name, no such route).</summary>
    public static ApiError UnknownPath() => new(404, "NotFound", "the server could not find the requested resource");

    public static ApiError MethodNotAllowed(string message = "the server does not allow this method on the requested resource") =>
        new(405, "MethodNotAllowed", message);

    public static ApiError NotAcceptable(string message) => new(406, "NotAcceptable", message);
    public static ApiError UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);

    public static ApiError Expired(string message) => new(410, "Expired", message);
    public static ApiError Gone(string message) => new(410, "Gone", message);

    public static ApiError TooLarge(string message) => new(413, "RequestEntityTooLarge", message);

    public static ApiError TooManyRequests(string message, int retryAfterSeconds) =>
        new(429, "TooManyRequests", message) { RetryAfterSeconds = retryAfterSeconds };

    public static ApiError Internal(string message) =>
        new(500, "InternalError", $"Internal error occurred: {message}") { Causes = [new FieldError("", FieldFault.Internal, message)] };

    public static ApiError Unavailable(string message, int? retryAfterSeconds = null) =>
        new(503, "ServiceUnavailable", message) { RetryAfterSeconds = retryAfterSeconds };

    public static ApiError Timeout(string message) => new(504, "Timeout", message);

    public JsonMap ToStatus()
    {
        var status = new JsonMap
        {
            { "kind", "Status" }, { "apiVersion", "v1" }, { "metadata", Continue is null ? [] : new JsonMap { { "continue", Continue } } },
            { "status", "Failure" }, { "message", Message },
        };
        if (Reason.Length > 0) status.Add("reason", Reason);
        var details = new JsonMap();
        if (Name is { Length: > 0 }) details.Add("name", Name);
        if (Group is { Length: > 0 }) details.Add("group", Group);
        if (Kind is { Length: > 0 }) details.Add("kind", Kind);
        if (Uid is { Length: > 0 }) details.Add("uid", Uid);
        if (ApplyConflicts.Count > 0)
        {
            details.Add("causes", new JsonList(ApplyConflicts.Select(c => (Json)new JsonMap
            {
                { "reason", "FieldManagerConflict" }, { "message", c.Who }, { "field", c.Field },
            })));
        }
        else if (Causes.Count > 0)
        {
            details.Add("causes", new JsonList(Causes.Select(c =>
            {
                var cause = new JsonMap();
                if (c.Fault != FieldFault.Internal) cause.Add("reason", c.Reason);
                cause.Add("message", c.Message);
                if (c.Path.Length > 0) cause.Add("field", c.Path);
                return (Json)cause;
            })));
        }
        if (RetryAfterSeconds is { } seconds) details.Add("retryAfterSeconds", seconds);
        if (details.Count > 0) status.Add("details", details);
        status.Add("code", Code);
        return status;
    }

    public static ApiError FromStatus(JsonMap status)
    {
        var details = status.Map("details");
        return new((int)(status.Whole("code") ?? 500), status.Text("reason") ?? "", status.Text("message") ?? "")
        {
            Name = details?.Text("name"),
            Group = details?.Text("group"),
            Kind = details?.Text("kind"),
            Uid = details?.Text("uid"),
            RetryAfterSeconds = (int?)details?.Whole("retryAfterSeconds"),
            Continue = status.Map("metadata")?.Text("continue"),
            Causes = [.. (details?.List("causes") ?? []).Maps().Select(c => new FieldError(
                c.Text("field") ?? "",
                Enum.GetValues<FieldFault>().FirstOrDefault(f => new FieldError("", f, "").Reason == c.Text("reason"), FieldFault.Internal),
                c.Text("message") ?? ""))],
        };
    }
}

/// <summary>A field that an apply would take from another manager.</summary>
public sealed record ApplyConflict(string Who, string Field);

/// <summary>An expected failure or a value: what request handlers return instead of throwing.</summary>
public readonly struct Result<T>
{
    private readonly T? value;

    private Result(T? value, ApiError? error)
    {
        this.value = value;
        Error = error;
    }

    public ApiError? Error { get; }
    public bool Ok => Error is null;

    /// <summary>The value; asking a failed result for it is a bug.</summary>
    public T Value => Error is null ? value! : throw new InvalidOperationException(Error.Message);

    public static Result<T> Of(T value) => new(value, null);

    public static implicit operator Result<T>(T value) => new(value, null);
    public static implicit operator Result<T>(ApiError error) => new(default, error);
}

using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>Which lines of containers that are gone; what isn't named is anything.</summary>
public sealed record LogSearchQuery
{
    public string? Namespace { get; init; }
    public string? Pod { get; init; }
    public string? Container { get; init; }
    public LabelSelector Labels { get; init; } = LabelSelector.Everything;
    public string Text { get; init; } = "";
    public bool IgnoreCase { get; init; }
    public DateTimeOffset? Since { get; init; }
    public DateTimeOffset? Until { get; init; }

    /// <summary>Nothing of pods that were there before.</summary>
    public DateTimeOffset? BornAfter { get; init; }
}

/// <summary>A line, and who said it.</summary>
public sealed record FoundLine(string Time, string Namespace, string Pod, string Container, string Text);

/// <summary>
/// /minik/logs: what was said by containers that are gone, an object a line. The path is open to everybody who is known; what of it
/// somebody may see is what he may read of the logs of pods there.
/// </summary>
public sealed class LogSearch(Authorizer authorizer, NodeDoors doors)
{
    public const string Path = "/minik/logs";

    public ApiResponse Run(ServerContext server, ApiRequest request)
    {
        if (request.Info.Verb != "get") return ApiError.MethodNotAllowed();
        var asked = Query(request.Query);
        if (asked.Error is { } bad) return bad;
        var query = asked.Value;
        var everywhere = Reading("", query.Pod);
        if (!authorizer.Allows(request.User, everywhere))
        {
            var there = Reading(query.Namespace ?? "", query.Pod);
            if (query.Namespace is null || !authorizer.Allows(request.User, there)) return Authorizer.Refused(request.User, there);
            // Rights in a namespace aren't rights in one that had its name before.
            if (server.Peek("namespaces", "", query.Namespace)?.Map("metadata")?.Text("creationTimestamp") is not { } created) return ApiError.NotFound("", "namespaces", query.Namespace);
            query = query with { BornAfter = DateTimeOffset.Parse(created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) };
        }
        return new ApiResponse.Takeover(http => Send(http, query));
    }

    private static RequestInfo Reading(string ns, string? pod) => new() { Verb = "get", Path = "", IsResource = true, Version = "v1", Resource = "pods", Subresource = "log", Namespace = ns, Name = pod ?? "" };

    private Task Send(HttpContext http, LogSearchQuery query) => Send(http, query, doors.All);

    internal static async Task Send(HttpContext http, LogSearchQuery query, IEnumerable<INodeDoor> asked)
    {
        http.Response.ContentType = "application/x-ndjson";
        await http.Response.StartAsync(http.RequestAborted);
        foreach (var door in asked)
        {
            await foreach (var line in door.Search(query, http.RequestAborted))
                await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(JsonWriter.ToText(Told(line)) + "\n"), http.RequestAborted);
        }
    }

    /// <summary>The question as another one asks it of us.</summary>
    internal static IEnumerable<(string, string?)> Of(LogSearchQuery query) =>
    [
        ("namespace", query.Namespace), ("pod", query.Pod), ("container", query.Container), ("labelSelector", query.Labels.ToString()), ("text", query.Text),
        ("ignoreCase", query.IgnoreCase ? "true" : null), ("since", query.Since?.ToString("O", CultureInfo.InvariantCulture)), ("until", query.Until?.ToString("O", CultureInfo.InvariantCulture)),
        ("bornAfter", query.BornAfter?.ToString("O", CultureInfo.InvariantCulture)),
    ];

    /// <summary>A line as we would tell it.</summary>
    internal static FoundLine? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            var told = JsonReader.ReadMap(line.Span);
            return new(told.Text("time") ?? "", told.Text("namespace") ?? "", told.Text("pod") ?? "", told.Text("container") ?? "", told.Text("line") ?? "");
        }
        catch (System.Text.Json.JsonException)
        {
            // The connection broke in the middle of it.
            return null;
        }
    }

    private static JsonMap Told(FoundLine line) =>
        new() { { "time", line.Time }, { "namespace", line.Namespace }, { "pod", line.Pod }, { "container", line.Container }, { "line", line.Text } };

    internal static Result<LogSearchQuery> Query(Query query)
    {
        var labels = LabelSelector.Parse(query["labelSelector"] ?? "");
        if (labels.Error is { } bad) return bad;
        DateTimeOffset? Moment(string name) => DateTimeOffset.TryParse(query[name], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
        foreach (var name in (ReadOnlySpan<string>)["since", "until", "bornAfter"])
            if (query[name] is { Length: > 0 } text && Moment(name) is null) return ApiError.BadRequest($"unable to parse {name} {text}");
        static string? Set(string? text) => text is { Length: > 0 } ? text : null;
        return new LogSearchQuery
        {
            Namespace = Set(query["namespace"]), Pod = Set(query["pod"]), Container = Set(query["container"]), Labels = labels.Value, Text = query["text"] ?? "",
            IgnoreCase = query.Flag("ignoreCase"), Since = Moment("since"), Until = Moment("until"), BornAfter = Moment("bornAfter"),
        };
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>pods/log: the container's output as plain text, for as long as it is followed.</summary>
internal sealed class PodLog(NodeDoors doors)
{
    public async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        if (request.Info.Verb != "get") return ApiError.MethodNotAllowed();
        var options = Options(request.Query, server.Now);
        if (options.Error is { } bad) return bad;
        // What has not been placed yet has no log, which is no failure.
        if (server.Peek("pods", request.Info.Namespace, request.Info.Name) is { } pod && pod.Map("spec")?.Text("nodeName") is null or "") return ApiResponse.Text(200, "");
        var target = PodTarget.Of(server, doors, request, needsContainer: true);
        if (target.Error is { } refused) return refused;
        var (lines, refusal) = await target.Value.Door.Logs(request.Info.Namespace, request.Info.Name, options.Value with { Container = target.Value.Container }, request.Cancel);
        return lines is null ? ApiError.BadRequest(refusal!) : new ApiResponse.Takeover(http => Send(http, lines));
    }

    public static async Task Send(HttpContext http, IAsyncEnumerable<ReadOnlyMemory<byte>> lines)
    {
        if (http.WebSockets.IsWebSocketRequest)
        {
            await LogSocket.Run(http, lines);
            return;
        }
        const int flushAt = 32 * 1024;
        http.Response.ContentType = "text/plain";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var writer = http.Response.BodyWriter;
        await http.Response.StartAsync(http.RequestAborted);
        var pending = 0;
        await using var each = lines.GetAsyncEnumerator(http.RequestAborted);
        try
        {
            while (true)
            {
                var next = each.MoveNextAsync();
                // Before a wait the client gets all there is.
                if (!next.IsCompleted && pending > 0)
                {
                    pending = 0;
                    if ((await writer.FlushAsync(http.RequestAborted)).IsCompleted) return;
                }
                if (!await next) break;
                await Write(each.Current);
                if (pending < flushAt) continue;
                pending = 0;
                if ((await writer.FlushAsync(http.RequestAborted)).IsCompleted) return;
            }
            await writer.FlushAsync(http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client has seen enough.
        }

        ValueTask Write(ReadOnlyMemory<byte> piece)
        {
            piece.Span.CopyTo(writer.GetSpan(piece.Length));
            writer.Advance(piece.Length);
            pending += piece.Length;
            return ValueTask.CompletedTask;
        }
    }

    public static Result<LogQuery> Options(Query query, DateTimeOffset now)
    {
        foreach (var name in (ReadOnlySpan<string>)["tailLines", "limitBytes", "sinceSeconds"])
            if (query[name] is { Length: > 0 } text && !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) return ApiError.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
        var causes = new List<FieldError>();
        var tail = Number(query, "tailLines", causes, least: 0);
        var limit = Number(query, "limitBytes", causes, least: 1);
        var seconds = Number(query, "sinceSeconds", causes, least: 1);
        DateTimeOffset? since = seconds is { } s ? now - TimeSpan.FromSeconds(s) : null;
        if (query["sinceTime"] is { Length: > 0 } time)
        {
            if (since is not null) causes.Add(new("", FieldFault.Forbidden, "at most one of `sinceTime` or `sinceSeconds` may be specified"));
            if (DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)) since = moment;
            else return ApiError.BadRequest($"unable to parse sinceTime {time}");
        }
        if (causes.Count > 0) return ApiError.Invalid("", "PodLogOptions", "", causes);
        return new LogQuery("")
        {
            Follow = query.Flag("follow"), Previous = query.Flag("previous"), Timestamps = query.Flag("timestamps"), TailLines = tail, LimitBytes = limit, Since = since,
            Stream = query["stream"] is "Stdout" or "Stderr" ? query["stream"] : null,
        };
    }

    private static long? Number(Query query, string name, List<FieldError> causes, long least)
    {
        if (query[name] is not { Length: > 0 } text || !long.TryParse(text, CultureInfo.InvariantCulture, out var number)) return null;
        if (number < least) causes.Add(FieldError.Invalid(name, number, least == 0 ? "must be greater than or equal to 0" : "must be greater than 0"));
        return number;
    }
}

using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using MiniKube.Machinery;
using MiniKube.Server.Audit;
using MiniKube.Server.Fairness;

namespace MiniKube.Server.Http;

/// <summary>HTTP in, <see cref="ApiRequest"/> through the server, HTTP out. The only place that knows headers and sockets.</summary>
public sealed class HttpFront(ApiServer api, Authenticator authenticator, Impersonation impersonation, FairQueueing fairness, AuditLog? audit = null)
{
    // Below this compressing costs more than it saves.
    private const int GzipFrom = 128 * 1024;

    // Who takes his answer slowly keeps no seat from others.
    private static readonly TimeSpan LongestHeld = TimeSpan.FromSeconds(1);

    private static readonly object IdentityKey = new();
    private static readonly object AuditKey = new();

    // Whose credentials were no good.
    private static readonly UserInfo Nobody = new("", []);

    public async Task Serve(HttpContext http)
    {
        ApiResponse response;
        ApiRequest? request = null;
        AuditTrail? trail = null;
        FairQueueing.Turn turn = default;
        try
        {
            var user = await Identify(http);
            if (ReferenceEquals(user, UserInfo.Anonymous) && !authenticator.AnonymousAt(http.Request.Path.Value ?? "/")) user = null;
            var query = Query.Parse(http.Request.QueryString.Value);
            var info = RequestInfo.Of(http.Request.Method, http.Request.Path.Value ?? "/", query);
            trail = TrailOf(http, user ?? Nobody, info);
            if (trail is not null) await trail.Note(AuditStage.RequestReceived);
            if (user is null)
            {
                response = ApiError.Unauthorized();
            }
            else
            {
                var impersonated = impersonation.Apply(user, http.Request.Headers);
                if (impersonated.Error is { } notAllowed)
                {
                    response = notAllowed;
                }
                else
                {
                    var body = await ReadBody(http, api.Context.Options.MaxBodyBytes);
                    request = new ApiRequest
                    {
                        Info = info, User = impersonated.Value, Query = query, Body = body ?? default,
                        ContentType = http.Request.ContentType ?? "", Accept = http.Request.Headers.Accept.ToString(),
                        UserAgent = http.Request.Headers.UserAgent.ToString(), Cancel = http.RequestAborted,
                        Trail = trail,
                    };
                    if (!ReferenceEquals(impersonated.Value, user)) trail?.Becomes(impersonated.Value);
                    trail?.Sent(request.Body, request.ContentType);
                    (turn, response) = body is null
                        ? (default, ApiError.TooLarge($"Request entity too large: limit is {api.Context.Options.MaxBodyBytes}"))
                        : await InTurn(http, request);
                }
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException e)
        {
            response = new ApiError(e.StatusCode, e.StatusCode == 413 ? "RequestEntityTooLarge" : "BadRequest", e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            api.Context.Log.Error($"{http.Request.Method} {http.Request.Path}: {e}");
            response = ApiError.Internal(e.Message);
            if (trail is not null) await trail.Note(AuditStage.Panic, response);
        }
        try
        {
            if (trail is not null && response is ApiResponse.Frames or ApiResponse.Takeover) await trail!.Note(AuditStage.ResponseStarted, response);
            var answering = Answer(http, request, response);
            if (!answering.IsCompleted && turn.Seats > 0) await Task.WhenAny(answering, Task.Delay(LongestHeld, api.Context.Time, http.RequestAborted));
            turn = Leave(turn);
            await answering;
        }
        finally
        {
            Leave(turn);
        }
        if (trail is not null) await trail.Note(AuditStage.ResponseComplete, response);
    }

    private static FairQueueing.Turn Leave(FairQueueing.Turn turn)
    {
        turn.Leave();
        return default;
    }

    /// <summary>Through the server when it is this flow's turn. What is returned is still to be left: writing a large answer is work too.</summary>
    private async ValueTask<(FairQueueing.Turn Turn, ApiResponse Response)> InTurn(HttpContext http, ApiRequest request)
    {
        var width = Width.Of(request.Info, request.Query, api.Context.Kinds, api.Context.Store);
        var turn = await fairness.Enter(request.User, request.Info, width, http.RequestAborted);
        http.Response.Headers["X-Kubernetes-PF-FlowSchema-UID"] = turn.Flow.Schema.Uid;
        http.Response.Headers["X-Kubernetes-PF-PriorityLevel-UID"] = turn.Flow.Level.Uid;
        if (turn.Refusal is { } refusal) return (turn, refusal);
        try
        {
            return (turn, await api.Handle(request with { StandAside = turn.Leave }));
        }
        catch
        {
            turn.Leave();
            throw;
        }
    }

    private AuditTrail? TrailOf(HttpContext http, UserInfo user, RequestInfo info)
    {
        if (audit is null || audit.For(user, info) is not { Level: not AuditLevel.None } decision) return null;
        return new AuditTrail(audit, decision, new AuditRecord
        {
            Id = AuditId(http), Level = decision.Level, OmitManagedFields = decision.OmitManagedFields, Info = info, Uri = $"{http.Request.Path}{http.Request.QueryString}", User = user,
            Source = http.Connection.RemoteIpAddress?.ToString() ?? "", UserAgent = http.Request.Headers.UserAgent.ToString(), Received = api.Context.Now,
        });
    }

    /// <summary>The request's name in the audit log: the client may choose it.</summary>
    private string AuditId(HttpContext http)
    {
        if (http.Items.TryGetValue(AuditKey, out var known)) return (string)known!;
        var chosen = http.Request.Headers["Audit-Id"].ToString();
        var id = chosen.Length is > 0 and <= 64 && chosen.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? chosen : api.Context.Names.Uid();
        http.Items[AuditKey] = id;
        return id;
    }

    private ValueTask<UserInfo?> Identify(HttpContext http)
    {
        var (headers, certificate) = (http.Request.Headers, http.Connection.ClientCertificate);
        var vouchedFor = certificate is not null && FrontProxy.Says(headers) && Recognized(http).FrontProxy ? FrontProxy.Who(headers) : null;
        FrontProxy.Strip(headers);
        if (vouchedFor is not null) return new(vouchedFor);
        var authorization = headers.Authorization.ToString();
        return authorization.Length > 0 ? authenticator.Identify(certificate, authorization, http.RequestAborted) : new(Recognized(http).User);
    }

    /// <summary>One handshake, one look at the certificate, until its time or that of its authority is over.</summary>
    private Authenticator.Recognized Recognized(HttpContext http)
    {
        var items = http.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionItemsFeature>()?.Items;
        if (items is not null && items.TryGetValue(IdentityKey, out var known) && known is Authenticator.Recognized before && authenticator.StillHolds(before)) return before;
        var seen = authenticator.Recognize(http.Connection.ClientCertificate);
        if (items is not null) items[IdentityKey] = seen;
        return seen;
    }

    /// <summary>The whole body, or null when it is larger than allowed.</summary>
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadBody(HttpContext http, int most)
    {
        if (http.Request.ContentLength > most) return null;
        if (http.Request.ContentLength is null or 0 && !http.Request.Headers.ContainsKey("Transfer-Encoding") && http.Request.Protocol != "HTTP/2") return ReadOnlyMemory<byte>.Empty;
        if (http.Request.Method is "GET" or "HEAD") return ReadOnlyMemory<byte>.Empty;
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > most) return null;
            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return bytes;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private async Task Answer(HttpContext http, ApiRequest? request, ApiResponse response)
    {
        if (response is ApiResponse.Takeover takeover)
        {
            try
            {
                await takeover.Run(http);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The connection may be anything by now: all that can be done is to end it.
                api.Context.Log.Error($"{http.Request.Method} {http.Request.Path}: {e}");
                http.Abort();
            }
            return;
        }
        var headers = http.Response.Headers;
        headers["Audit-Id"] = audit is null ? api.Context.Names.Uid() : AuditId(http);
        headers.CacheControl = "no-cache, private";
        foreach (var warning in request?.Warnings ?? [])
            headers.Append("Warning", $"299 - \"{Escape(warning)}\"");
        try
        {
            switch (response)
            {
                case ApiResponse.Bytes bytes:
                    await Write(http, bytes);
                    break;
                case ApiResponse.Listing listing:
                    await Write(http, listing);
                    break;
                case ApiResponse.Frames frames when http.WebSockets.IsWebSocketRequest:
                    await WatchSocket.Run(http, frames);
                    break;
                case ApiResponse.Frames frames:
                    await Write(http, frames);
                    break;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or System.Net.WebSockets.WebSocketException)
        {
            // The client went away; there is nobody to tell.
        }
    }

    private static async Task Write(HttpContext http, ApiResponse.Bytes bytes)
    {
        var response = http.Response;
        if (bytes.RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (bytes.ETag is { } tag)
        {
            response.Headers.ETag = tag;
            response.Headers.Vary = "Accept";
            if (bytes.Immutable) response.Headers.CacheControl = "public, immutable";
            if (http.Request.Headers.IfNoneMatch == tag)
            {
                response.StatusCode = 304;
                return;
            }
        }
        response.StatusCode = bytes.Status;
        response.ContentType = bytes.ContentType;
        if (http.Request.Method == "HEAD") return;
        if (bytes.Content.Length >= GzipFrom && WantsGzip(http))
        {
            await using var zip = Gzip(http);
            await zip.WriteAsync(bytes.Content, http.RequestAborted);
            return;
        }
        response.ContentLength = bytes.Content.Length;
        await response.BodyWriter.WriteAsync(bytes.Content, http.RequestAborted);
    }

    private static async Task Write(HttpContext http, ApiResponse.Listing listing)
    {
        const int flushAt = 64 * 1024;
        http.Response.StatusCode = 200;
        http.Response.ContentType = "application/json";
        if (http.Request.Method == "HEAD") return;
        if (WantsGzip(http))
        {
            // Whether it will be large is only known once enough of it is there.
            var all = new ArrayBufferWriter<byte>();
            foreach (var part in listing.Parts()) all.Write(part.Span);
            await Write(http, new ApiResponse.Bytes(200, all.WrittenMemory));
            return;
        }
        var writer = http.Response.BodyWriter;
        var pending = 0;
        foreach (var part in listing.Parts())
        {
            writer.Write(part.Span);
            pending += part.Length;
            if (pending < flushAt) continue;
            pending = 0;
            var flushed = await writer.FlushAsync(http.RequestAborted);
            if (flushed.IsCompleted) return;
        }
        await writer.FlushAsync(http.RequestAborted);
    }

    private static async Task Write(HttpContext http, ApiResponse.Frames frames)
    {
        http.Response.StatusCode = 200;
        http.Response.ContentType = frames.ContentType;
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var writer = http.Response.BodyWriter;
        await foreach (var batch in frames.Content.WithCancellation(http.RequestAborted))
        {
            if (!batch.IsShared)
                foreach (var frame in batch.Frames) frame.WriteTo(writer);
            var flushed = batch.IsShared ? await writer.WriteAsync(batch.Encoded, http.RequestAborted) : await writer.FlushAsync(http.RequestAborted);
            if (flushed.IsCompleted) return;
        }
    }

    private static bool WantsGzip(HttpContext http) => http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);

    private static GZipStream Gzip(HttpContext http)
    {
        http.Response.Headers.ContentEncoding = "gzip";
        http.Response.Headers.Vary = "Accept-Encoding";
        return new GZipStream(http.Response.Body, CompressionLevel.Fastest);
    }

    // Header values hold neither line breaks nor raw quotes; anything beyond ASCII is left out.
    private static string Escape(string warning) =>
        string.Concat(warning.Select(c => c switch { '"' => "\\\"", '\\' => "\\\\", < ' ' => " ", > '~' => "?", _ => c.ToString() }));
}

using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>A request handed on as it is, upgrades included, but without what proves who the client is.</summary>
internal static class Forwarding
{
    private static readonly HashSet<string> Hop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Authorization", "Content-Length",
    };

    public static ApiError Unreachable(string why) => new(503, "ServiceUnavailable", $"error trying to reach service: {why}");

    /// <summary>What stands before the path that is asked of the target.</summary>
    private static string Prefix(string path, string rest) => (rest.Length > 0 && path.EndsWith(rest, StringComparison.Ordinal) ? path[..^rest.Length] : path).TrimEnd('/');

    /// <summary>To what follows the subresource.</summary>
    public static Task Run(HttpContext http, HttpMessageInvoker client, ApiRequest request) =>
        // The connection is encrypted already when the client gets it.
        Run(http, client, request, $"http://target{(request.Info.Rest.Length == 0 ? "/" : request.Info.Rest)}{http.Request.QueryString}", null, http.RequestAborted);

    /// <summary>To any target; who names the client there says whether it could be done, and pages from there are left as they are.</summary>
    public static async Task Run(HttpContext http, HttpMessageInvoker client, ApiRequest request, string target, Func<HttpRequestHeaders, bool>? name, CancellationToken cancel)
    {
        using var asked = new HttpRequestMessage(new HttpMethod(http.Request.Method), target);
        if (request.Body.Length > 0) asked.Content = new ReadOnlyMemoryContent(request.Body);
        foreach (var (key, values) in http.Request.Headers)
            if (!Hop.Contains(key) && !key.StartsWith(':') && !key.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase) && !asked.Headers.TryAddWithoutValidation(key, (IEnumerable<string?>)values)) asked.Content?.Headers.TryAddWithoutValidation(key, (IEnumerable<string?>)values);
        var upgrade = http.Features.Get<IHttpUpgradeFeature>();
        if (upgrade?.IsUpgradableRequest == true)
        {
            asked.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            asked.Headers.TryAddWithoutValidation("Upgrade", http.Request.Headers.Upgrade.ToString());
        }
        if (name is not null && !name(asked.Headers))
        {
            await Refuse(http, name, new(500, "InternalError", "the user can't be named in a header"));
            return;
        }
        HttpResponseMessage answer;
        try
        {
            answer = await client.SendAsync(asked, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !cancel.IsCancellationRequested)
        {
            await Refuse(http, name, Unreachable((e.InnerException ?? e).Message));
            return;
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            await Refuse(http, name, Unreachable("context deadline exceeded"));
            return;
        }
        using (answer)
        {
            http.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (key, values) in answer.Headers.Concat(answer.Content.Headers))
                if (!Hop.Contains(key) || key == "Content-Length") http.Response.Headers[key] = values.ToArray();
            await using var body = await answer.Content.ReadAsStreamAsync(cancel);
            if (answer.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                http.Response.Headers.Connection = "Upgrade";
                http.Response.Headers.Upgrade = string.Join(", ", answer.Headers.Upgrade.Select(u => u.ToString()));
                await using var client1 = await upgrade!.UpgradeAsync();
                var (there, back) = (client1.CopyToAsync(body, cancel), body.CopyToAsync(client1, cancel));
                await Task.WhenAny(there, back);
                return;
            }
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            if (name is not null)
            {
                // Who watches knows by the headers that he does, however long nothing happens.
                await http.Response.Body.FlushAsync(cancel);
                await body.CopyToAsync(http.Response.Body, cancel);
                return;
            }
            var page = new ProxiedPage(Prefix(http.Request.Path, request.Info.Rest), ["target", http.Request.Host.Value ?? ""]);
            if (http.Response.Headers.Location is [{ Length: > 0 } location]) http.Response.Headers.Location = page.Link(location);
            if (answer.Content.Headers.ContentType?.MediaType != "text/html" || answer.Content.Headers.ContentEncoding.Count > 0 || HttpMethods.IsHead(http.Request.Method))
            {
                await body.CopyToAsync(http.Response.Body, cancel);
                return;
            }
            http.Response.ContentLength = null;
            await page.Copy(body, http.Response.Body, cancel);
        }
    }

    // Whoever hands on in the client's name answers in plain words, as upstream's aggregator.
    private static async Task Refuse(HttpContext http, Func<HttpRequestHeaders, bool>? name, ApiError error)
    {
        if (name is null)
        {
            await PodProcess.Refuse(http, error);
            return;
        }
        http.Response.StatusCode = error.Code;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        await http.Response.WriteAsync(error.Message + "\n");
    }
}

using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using MiniKube.Kubelet;
using MiniKube.Kubelet.Port;
using MiniKube.Server;
using MiniKube.Server.Pki;
using MiniKube.Server.Streams;

namespace MiniKube.Host;

/// <summary>What the node's own port needs: where to listen, what to show, whose client certificates to believe.</summary>
internal sealed record KubeletPortOptions(IPAddress Bind, int Port, Func<X509Certificate2> Serving, Func<IReadOnlyList<X509Certificate2>> Authorities)
{
    /// <summary>Clears the directory of a volume away; why it didn't, or null.</summary>
    public required Func<string, CancellationToken, Task<string?>> Clear { get; init; }

    /// <summary>Asks whose certificates to believe now: one that nobody known has signed may be a successor's.</summary>
    public required Func<CancellationToken, Task> Refresh { get; init; }
}

/// <summary>The node's own port: HTTPS, nobody anonymous, permissions judged by the API server; pages, logs and streams behind it.</summary>
internal sealed class KubeletPort(KubeletPortOptions options, NodeAgent agent, INodeDoor door, TimeProvider time, Action<string> complain)
{
    public async Task Run(CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(options.Bind, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(https =>
                {
                    https.ServerCertificateSelector = (_, _) => options.Serving();
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.ClientCertificateValidation = (_, _, _) => true;
                });
            });
        });
        await using var web = builder.Build();
        web.UseWebSockets();
        web.Run(Serve);
        await web.StartAsync(cancel);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await web.StopAsync(patience.Token);
    }

    private async Task Serve(HttpContext http)
    {
        try
        {
            if (await Who(http) is not { } visitor)
            {
                await Write(http, NodePage.Text("Unauthorized", 401));
                return;
            }
            var path = http.Request.Path.Value ?? "/";
            var (verb, parts) = NodePermissions.Of(http.Request.Method, path);
            if (!await agent.Access.Allows(visitor, verb, parts, http.RequestAborted))
            {
                await Write(http, NodePage.Text($"Forbidden (user={visitor.Name}, verb={verb}, resource=nodes, subresource(s)=[{string.Join(' ', parts)}])\n", 403));
                return;
            }
            await Route(http, path.Split('/', StringSplitOptions.RemoveEmptyEntries), path);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client went away.
        }
        catch (Exception e)
        {
            complain($"kubelet port: {http.Request.Method} {http.Request.Path}: {e}");
            if (!http.Response.HasStarted) await Write(http, NodePage.Text($"{e.Message}\n", 500));
            else http.Abort();
        }
    }

    private async Task<Visitor?> Who(HttpContext http)
    {
        if (http.Connection.ClientCertificate is { } certificate && await IsGood(certificate, http.RequestAborted))
        {
            var (name, organizations) = DistinguishedNames.Of(certificate.SubjectName);
            if (name.Length > 0) return new(name, [.. organizations, UserInfo.Authenticated]);
        }
        var authorization = http.Request.Headers.Authorization.ToString();
        return authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? await agent.Access.OfToken(authorization["Bearer ".Length..].Trim(), http.RequestAborted) : null;
    }

    private async Task<bool> IsGood(X509Certificate2 certificate, CancellationToken cancel)
    {
        if (CertificateChecks.ClientFault(certificate, options.Authorities(), time.GetUtcNow()) is null) return true;
        await options.Refresh(cancel);
        return CertificateChecks.ClientFault(certificate, options.Authorities(), time.GetUtcNow()) is null;
    }

    private async Task Route(HttpContext http, string[] parts, string path)
    {
        var query = Query.Parse(http.Request.QueryString.Value);
        var (stdin, stdout, stderr, tty) = (query.Flag("input"), query.Flag("output"), query.Flag("error"), query.Flag("tty"));
        switch (parts)
        {
            case ["containerLogs", var ns, var pod, var container]:
                await Logs(http, ns, pod, container, query);
                break;
            case ["exec", var ns, var pod, .., var container] when parts.Length is 4 or 5:
                await NodeStreams.ProcessOrRefusal(http, new(container, [.. query.All("command")], stdin, stdout, stderr && !tty, tty), door, ns, pod);
                break;
            case ["attach", var ns, var pod, .., var container] when parts.Length is 4 or 5:
                await NodeStreams.ProcessOrRefusal(http, new(container, null, stdin, stdout, stderr && !tty, tty), door, ns, pod);
                break;
            case ["run", var ns, var pod, .., var container] when parts.Length is 4 or 5 && http.Request.Method == "POST":
                await RunCommand(http, ns, pod, container, query["cmd"] ?? "");
                break;
            case ["portForward", var ns, var pod, ..] when parts.Length is 3 or 4:
                await NodeStreams.Forward(http, door, ns, pod);
                break;
            case ["minik", "connect", var ns, var pod, var port] when int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                await NodeStreams.Connect(http, door, ns, pod, number);
                break;
            case ["minik", "logs"]:
                await NodeStreams.Search(http, door);
                break;
            case ["minik", "volumes"] when http.Request.Method == "DELETE":
                var kept = await options.Clear(query["directory"] ?? "", http.RequestAborted);
                await Write(http, NodePage.Text(kept ?? "", kept is null ? 200 : 409));
                break;
            default:
                var page = http.Request.Method switch
                {
                    "GET" or "HEAD" => await agent.Pages.Get(path, name => query[name], http.RequestAborted),
                    "POST" => await agent.Pages.Post(path, name => query[name], http.RequestAborted),
                    _ => null,
                };
                await Write(http, page ?? NodePage.Text("405: Method Not Allowed", 405));
                break;
        }
    }

    private async Task Logs(HttpContext http, string ns, string pod, string container, Query query)
    {
        var asked = NodeStreams.LogOptions(query, time.GetUtcNow());
        if (asked.Error is { } bad)
        {
            await Write(http, NodePage.Text($"{bad.Message}\n", 400));
            return;
        }
        var (lines, refusal) = await door.Logs(ns, pod, asked.Value with { Container = container }, http.RequestAborted);
        if (lines is null) await Write(http, NodePage.Text($"{refusal}\n", refusal!.Contains("not found", StringComparison.Ordinal) ? 404 : 400));
        else await NodeStreams.Lines(http, lines);
    }

    private async Task RunCommand(HttpContext http, string ns, string pod, string container, string command)
    {
        var (process, refusal) = await door.Open(ns, pod, new(container, command.Split(' ', StringSplitOptions.RemoveEmptyEntries), false, true, true, false), http.RequestAborted);
        if (process is null)
        {
            await Write(http, NodePage.Text($"{refusal}\n", 500));
            return;
        }
        await using (process)
        {
            var output = new MemoryStream();
            await foreach (var (_, data) in process.Read(http.RequestAborted)) output.Write(data.Span);
            var code = await process.ExitCode(http.RequestAborted);
            await Write(http, code == 0 ? new(200, "text/plain; charset=utf-8", output.ToArray()) : NodePage.Text($"command '{command}' exited with {code}: {Encoding.UTF8.GetString(output.ToArray())}\n", 500));
        }
    }

    private static async Task Write(HttpContext http, NodePage page)
    {
        http.Response.StatusCode = page.Status;
        http.Response.ContentType = page.ContentType;
        if (http.Request.Method == "HEAD") return;
        if (page.File is { } file) await http.Response.SendFileAsync(file, http.RequestAborted);
        else await http.Response.Body.WriteAsync(page.Content, http.RequestAborted);
    }
}

using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>The gRPC health protocol as a server speaks it, without TLS: "well" is served, "ill" is not, others aren't known.</summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication web;

    private HealthServer(WebApplication web) => this.web = web;

    public int Port => new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    public static async Task<HealthServer> Start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Any, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var web = builder.Build();
        web.Run(Answer);
        await web.StartAsync();
        return new(web);
    }

    public async ValueTask DisposeAsync() => await web.DisposeAsync();

    private static async Task Answer(HttpContext http)
    {
        using var asked = new MemoryStream();
        await http.Request.Body.CopyToAsync(asked);
        var service = asked.Length > 7 ? Encoding.UTF8.GetString(asked.ToArray()[7..]) : "";
        http.Response.ContentType = "application/grpc";
        var known = http.Request.Path == "/grpc.health.v1.Health/Check" && service is "well" or "ill";
        if (known) await http.Response.Body.WriteAsync((byte[])[0, 0, 0, 0, 2, 8, (byte)(service == "well" ? 1 : 2)]);
        http.Response.AppendTrailer("grpc-status", known ? "0" : "5");
    }
}

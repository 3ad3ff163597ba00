using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using MiniKube.Machinery;
using MiniKube.Machinery.Spdy;

namespace MiniKube.Server.Streams;

/// <summary>Turns an HTTP/1.1 request into a SPDY connection.</summary>
internal static class SpdyUpgrade
{
    private const string Name = "SPDY/3.1";
    private const string VersionHeader = "X-Stream-Protocol-Version";

    public static bool IsWanted(HttpContext http) =>
        http.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true && http.Request.Headers.Upgrade.ToString().Contains(Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Null when the client speaks none of the protocols; it has been told then.</summary>
    public static async Task<(SpdyConnection Connection, string Protocol)?> Accept(HttpContext http, IReadOnlyList<string> spoken)
    {
        var asked = http.Request.Headers[VersionHeader].SelectMany(v => (v ?? "").Split(',')).Select(v => v.Trim()).ToArray();
        var protocol = spoken.FirstOrDefault(asked.Contains);
        if (protocol is null && asked.Length > 0)
        {
            http.Response.Headers["X-Accepted-Stream-Protocol-Versions"] = string.Join(", ", spoken);
            await PodProcess.Refuse(http, new ApiError(403, "Forbidden", $"unable to upgrade: unable to negotiate protocol: client supports [{string.Join(' ', asked)}], server accepts [{string.Join(' ', spoken)}]"));
            return null;
        }
        http.Response.Headers.Upgrade = Name;
        http.Response.Headers.Connection = "Upgrade";
        http.Response.Headers[VersionHeader] = protocol ?? spoken[^1];
        var stream = await http.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
        return (new SpdyConnection(stream), protocol ?? spoken[^1]);
    }
}

using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>pods/exec and pods/attach: a process's streams over one connection, by WebSocket channels or by SPDY.</summary>
internal sealed class PodProcess(NodeDoors doors, bool attach)
{
    public ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request) => ValueTask.FromResult(Answer(server, request));

    private ApiResponse Answer(ServerContext server, ApiRequest request)
    {
        if (request.Info.Verb is not ("get" or "create")) return ApiError.MethodNotAllowed();
        var query = request.Query;
        IReadOnlyList<string> command = [.. query.All("command")];
        var (stdin, stdout, stderr, tty) = (query.Flag("stdin"), query.Flag("stdout"), query.Flag("stderr"), query.Flag("tty"));
        if (!stdin && !stdout && !stderr) return ApiError.BadRequest("you must specify at least 1 of stdin, stdout, stderr");
        if (!attach && command.Count == 0) return ApiError.BadRequest("you must specify at least one command for the container");
        var found = PodTarget.Of(server, doors, request, needsContainer: true);
        if (found.Error is { } refused) return refused;
        var target = found.Value;
        if (attach) tty = Declared(target.Pod, target.Container)?.Bool("tty") == true;
        var wanted = new ProcessQuery(target.Container, attach ? null : command, stdin, stdout, stderr && !tty, tty);
        var (ns, name) = (request.Info.Namespace, request.Info.Name);
        return new ApiResponse.Takeover(http => NodeStreams.Process(http, wanted, target.Door, ns, name));
    }

    public static async Task Refuse(HttpContext http, ApiError error)
    {
        http.Response.StatusCode = error.Code;
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(JsonWriter.ToUtf8(error.ToStatus()));
    }

    private static JsonMap? Declared(JsonMap pod, string container) =>
        ((string[])["containers", "initContainers", "ephemeralContainers"]).SelectMany(l => (pod.Map("spec")?.List(l) ?? []).Maps()).FirstOrDefault(c => c.Text("name") == container);
}

/// <summary>How a process ended, as the error stream tells it.</summary>
internal static class ProcessEnd
{
    public static byte[] Success { get; } = JsonWriter.ToUtf8(new JsonMap { { "metadata", new JsonMap() }, { "status", "Success" } });

    public static byte[] Of(int exitCode) => exitCode == 0 ? Success : JsonWriter.ToUtf8(new JsonMap
    {
        { "metadata", new JsonMap() }, { "status", "Failure" },
        { "message", $"command terminated with non-zero exit code: exit status {exitCode}" }, { "reason", "NonZeroExitCode" },
        { "details", new JsonMap { { "causes", JsonList.Of(new JsonMap { { "reason", "ExitCode" }, { "message", $"{exitCode}" } }) } } },
    });

    /// <summary>The end as a protocol tells it: before version 4 success goes without saying, and failure is said in words alone.</summary>
    public static byte[]? Told(string? protocol, byte[] end)
    {
        if (protocol is not (null or "channel.k8s.io" or "base64.channel.k8s.io")) return end;
        return end == Success ? null : System.Text.Encoding.UTF8.GetBytes(JsonReader.ReadMap(end).Text("message") ?? "");
    }

    public static byte[] Failed(string message) => JsonWriter.ToUtf8(new JsonMap
    {
        { "metadata", new JsonMap() }, { "status", "Failure" }, { "message", $"Internal error occurred: {message}" }, { "reason", "InternalError" },
        { "details", new JsonMap { { "causes", JsonList.Of(new JsonMap { { "message", message } }) } } }, { "code", 500 },
    });
}

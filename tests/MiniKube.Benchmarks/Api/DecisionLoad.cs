using System.Diagnostics;
using System.Text;
using MiniKube.Server;
using MiniKube.Server.Pki;
using MiniKube.Store;

namespace MiniKube.Benchmarks.Api;

/// <summary>What "may he?" costs, with few and with many bindings of other people in the cluster, and right after one of them changed.</summary>
internal static class DecisionLoad
{
    private const int Asked = 200_000;

    public static async Task Run(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 1000;
        var directory = Directory.CreateTempSubdirectory("minik-bench-").FullName;
        try
        {
            await using var store = StateStore.InMemory(ServerAssembly.Terms);
            var server = new ServerAssembly(new ServerOptions(), store, TimeProvider.System, ClusterPki.Open(directory, TimeProvider.System, ["localhost"], []), new Quiet(), new Dictionary<string, UserInfo>());
            await server.Bootstrap(default);
            await Send(server, "POST", "/api/v1/namespaces", """{"metadata":{"name":"team"}}""");
            await Send(server, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", """{"metadata":{"name":"reader"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}""");
            await Bind(server, "mine", "uma");
            var bound = 1;
            foreach (var bindings in new[] { 1, most / 10, most })
            {
                for (; bound < bindings; bound++) await Bind(server, $"b{bound}", $"user{bound}");
                foreach (var (what, resource) in new[] { ("allowed", "pods"), ("denied", "secrets") })
                {
                    Decide(server, resource, Asked / 10);
                    Console.WriteLine($"{$"decision, {what}, {bindings:N0} bindings",-46} {Decide(server, resource, Asked) * 1e6 / Asked,10:F2} µs");
                }
                var changed = new List<double>();
                for (var i = 0; i < 21; i++)
                {
                    await Send(server, "PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings/mine", $$"""{"metadata": {"labels": {"n": "{{i}}"} } }""", "application/merge-patch+json");
                    changed.Add(Decide(server, "pods", 1) * 1e6);
                }
                changed.Sort();
                Console.WriteLine($"{"…the first after a binding changed (median)",-46} {changed[changed.Count / 2],10:F2} µs");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Decide(ServerAssembly server, string resource, int times)
    {
        var user = new UserInfo("uma", [UserInfo.Authenticated]);
        var request = new RequestInfo { Verb = "get", Path = "", IsResource = true, Group = "", Version = "v1", Resource = resource, Namespace = "team", Name = "x" };
        var (clock, allowed) = (Stopwatch.StartNew(), 0);
        for (var i = 0; i < times; i++)
            if (server.Authorizer.Allows(user, request)) allowed++;
        if (allowed != (resource == "pods" ? times : 0)) throw new InvalidOperationException("a decision was wrong");
        return clock.Elapsed.TotalSeconds;
    }

    private static Task Bind(ServerAssembly server, string name, string user) => Send(server, "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings", $$$"""
        {"metadata":{"name":"{{{name}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"reader"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{user}}}"}]}
        """);

    private static async Task Send(ServerAssembly server, string method, string path, string body, string type = "application/json")
    {
        var answer = await server.Api.Handle(new ApiRequest
        {
            Info = RequestInfo.Of(method, path, Query.Empty), User = new UserInfo("bench", [UserInfo.Masters]), Body = Encoding.UTF8.GetBytes(body), ContentType = type,
        });
        if (answer is not ApiResponse.Bytes { Status: < 300 }) throw new InvalidOperationException($"{method} {path} was refused");
    }

    private sealed class Quiet : ILog
    {
        public void Info(string message) { }
        public void Warn(string message) { }
        public void Error(string message) => Console.Error.WriteLine(message);
    }
}

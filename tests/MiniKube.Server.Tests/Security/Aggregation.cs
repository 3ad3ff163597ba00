using MiniKube.Machinery;

namespace MiniKube.Server.Tests.Security;

/// <summary>What the aggregation controller does, which is not part of the server.</summary>
internal static class Aggregation
{
    private static readonly string[] Aggregated = ["edit", "view", "admin"];

    public static async Task Run(TestServer server)
    {
        const string roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
        foreach (var name in Aggregated.Concat(Aggregated))
        {
            var (_, all) = await server.Send("GET", roles);
            var label = $"rbac.authorization.k8s.io/aggregate-to-{name}";
            var rules = all.List("items")!.Maps().Where(r => r.Map("metadata")!.Map("labels")?.Text(label) == "true").SelectMany(r => r.List("rules") ?? []).Select(r => r.Clone());
            var (code, body) = await server.Send("PATCH", $"{roles}/{name}", new JsonMap { { "rules", new JsonList(rules) } }.ToString(), "application/merge-patch+json");
            Assert.That(code, Is.EqualTo(200), body.ToString());
        }
    }
}

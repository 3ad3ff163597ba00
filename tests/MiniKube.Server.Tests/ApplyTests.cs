using MiniKube.Machinery;

namespace MiniKube.Server.Tests;

/// <summary>A story of server-side applies by several managers, step by step as upstream told it.</summary>
[TestFixture]
public sealed class ApplyTests
{
    [Test]
    public async Task Managers_share_contest_and_give_up_fields_as_upstream_has_it()
    {
        await using var server = await TestServer.Start();
        var steps = (JsonList)JsonReader.Read(await File.ReadAllBytesAsync(Path.Combine(Facts.Folder("apply"), "steps.json")));
        foreach (var step in steps.Maps())
        {
            var name = step.Text("step")!;
            if (step.Map("merge") is { } merge)
            {
                var (_, merged) = await server.Send("PATCH", $"/api/v1/namespaces/ref2/configmaps/ssa?fieldManager={step.Text("manager")}", merge.ToString(), "application/merge-patch+json");
                Assert.That(Facts.Stable(merged.Map("metadata")!["managedFields"]!).ToString(), Is.EqualTo(Facts.Stable(step["owners"]!).ToString()), name);
                continue;
            }
            var applied = step.Map("apply")!;
            var path = applied.Text("kind") == "ConfigMap" ? "/api/v1/namespaces/ref2/configmaps/ssa" : "/apis/apps/v1/namespaces/ref2/deployments/dd";
            var query = step.Text("manager") is { Length: > 0 } manager ? $"?fieldManager={manager}&force={(step.Bool("force") == true ? "true" : "false")}" : "";
            var (code, body) = await server.Send("PATCH", path + query, applied.ToString(), "application/apply-patch+yaml");
            if (step.Map("after") is { } after)
            {
                Assert.That(code, Is.LessThan(300), $"{name}: {body}");
                var owners = body.Map("metadata")!["managedFields"]!;
                var expected = after["managedFields"]!;
                Assert.That(Facts.Stable(owners).ToString(), Is.EqualTo(Facts.Stable(expected).ToString()), name);
                Assert.That(Facts.Stable(body).ToString(), Is.EqualTo(Facts.Stable(after).ToString()), name);
            }
            else
            {
                Assert.That(Facts.Stable(Facts.Refusal(code, body)).ToString(), Is.EqualTo(Facts.Stable(step.Map("refused")!).ToString()), name);
            }
        }
    }
}

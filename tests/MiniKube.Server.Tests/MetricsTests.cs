using System.Text;

namespace MiniKube.Server.Tests;

[TestFixture]
public sealed class MetricsTests
{
    [Test]
    public async Task Requests_are_counted_by_what_they_asked_and_got()
    {
        await using var server = await TestServer.Start();
        await server.Send("GET", "/api/v1/namespaces/default/configmaps/none");
        await server.Raw("GET", "/apis/made.up/v1/anything");
        var text = Encoding.UTF8.GetString(((ApiResponse.Bytes)await server.Raw("GET", "/metrics")).Content.Span);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("apiserver_request_total{code=\"404\",component=\"apiserver\",group=\"\",resource=\"configmaps\",scope=\"resource\",subresource=\"\",verb=\"GET\",version=\"v1\"} 1\n"));
            Assert.That(text, Does.Contain("apiserver_storage_objects{resource=\"namespaces\"} 6\n"));
            Assert.That(text, Does.Not.Contain("made.up"), "what clients make up must not become counters");
        });
    }
}

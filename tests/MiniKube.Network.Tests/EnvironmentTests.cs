using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Network.Bridge;
using MiniKube.Network.Environment;

namespace MiniKube.Network.Tests;

[TestFixture]
public sealed class EnvironmentTests
{
    [Test]
    public void Services_announce_themselves()
    {
        var variables = ServiceVariables.For([Service("my-nginx", "default", "10.43.0.7", "[{name: web-ui, port: 80, protocol: TCP}, {name: dns, port: 53, protocol: UDP}]")], "default", links: true);
        Assert.That(variables.Select(v => $"{v.Key}={v.Value}"), Is.EqualTo((string[])
        [
            "MY_NGINX_SERVICE_HOST=10.43.0.7", "MY_NGINX_SERVICE_PORT=80", "MY_NGINX_SERVICE_PORT_WEB_UI=80", "MY_NGINX_SERVICE_PORT_DNS=53", "MY_NGINX_PORT=tcp://10.43.0.7:80",
            "MY_NGINX_PORT_80_TCP=tcp://10.43.0.7:80", "MY_NGINX_PORT_80_TCP_PROTO=tcp", "MY_NGINX_PORT_80_TCP_PORT=80", "MY_NGINX_PORT_80_TCP_ADDR=10.43.0.7",
            "MY_NGINX_PORT_53_UDP=udp://10.43.0.7:53", "MY_NGINX_PORT_53_UDP_PROTO=udp", "MY_NGINX_PORT_53_UDP_PORT=53", "MY_NGINX_PORT_53_UDP_ADDR=10.43.0.7",
        ]));
    }

    [Test]
    public void Without_links_only_the_api_is_announced()
    {
        Service[] all = [Service("kubernetes", "default", "10.43.0.1", "[{port: 443}]"), Service("web", "team", "10.43.0.9", "[{port: 80}]"), Service("headless", "team", "None", "[{port: 80}]")];
        Assert.That(ServiceVariables.For(all, "team", links: false).Select(v => v.Key), Has.All.StartsWith("KUBERNETES_"));
        Assert.That(ServiceVariables.For(all, "team", links: true).Select(v => v.Key), Has.Some.StartsWith("WEB_").And.None.StartsWith("HEADLESS_"));
    }

    [Test]
    public void Addresses_are_leased_once_and_kept_over_restarts()
    {
        var directory = Directory.CreateTempSubdirectory("leases-");
        try
        {
            var (path, range) = (Path.Combine(directory.FullName, "leases.json"), Ipv4Range.Parse("10.42.0.0/29"));
            var leases = new AddressLeases(path, range);
            var given = Enumerable.Range(0, 5).Select(i => leases.Lease($"s{i}")!.ToString()).ToArray();
            Assert.That(given, Is.Unique.And.All.StartsWith("10.42.0."));
            Assert.That(given, Has.None.EqualTo("10.42.0.0").And.None.EqualTo("10.42.0.1").And.None.EqualTo("10.42.0.7"));
            Assert.That(leases.Lease("one too many"), Is.Null);
            leases.Free("s3");
            var again = new AddressLeases(path, range);
            Assert.That(again.Of("s1")!.ToString(), Is.EqualTo(given[1]));
            Assert.That(again.Of("s3"), Is.Null);
            Assert.That(again.Lease("new")!.ToString(), Is.EqualTo(given[3]));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static Service Service(string name, string ns, string address, string ports) =>
        KubeJson.FromTree<Service>((JsonMap)YamlReader.Read($"{{metadata: {{name: {name}, namespace: {ns}}}, spec: {{clusterIP: {address}, ports: {ports}}}}}"));
}

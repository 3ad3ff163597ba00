using System.Net;
using MiniKube.Server.Streams;

namespace MiniKube.Server.Tests.Security;

/// <summary>The server as a proxy goes to pods, and nowhere that somebody else wrote into a status.</summary>
[TestFixture]
public sealed class ProxyTests
{
    private TestServer server = null!;

    [SetUp]
    public async Task Start() => server = await TestServer.Start();

    [TearDown]
    public async Task Stop() => await server.DisposeAsync();

    private async Task Pod(string name, string address)
    {
        await server.Send("POST", "/api/v1/namespaces/ref/pods", $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"containers":[{"name":"c","image":"i","ports":[{"containerPort":8080}]}]}}""");
        var (code, body) = await server.Send("PATCH", $"/api/v1/namespaces/ref/pods/{name}/status", $$$"""{"status":{"podIP":"{{{address}}}","podIPs":[{"ip":"{{{address}}}"}]}}""", "application/merge-patch+json");
        Assert.That(code, Is.EqualTo(200), body.ToString());
    }

    [TestCase("127.0.0.1"), TestCase("127.8.8.8"), TestCase("169.254.169.254"), TestCase("0.0.0.0"), TestCase("224.0.0.1"), TestCase("::1"), TestCase("fe80::1"), TestCase("ff02::1"), TestCase("::ffff:127.0.0.1"), TestCase("255.255.255.255")]
    public void Addresses_of_this_machine_of_the_link_and_of_nobody_are_refused(string address) => Assert.That(AddressProxy.Allowed(IPAddress.Parse(address)), Is.False);

    [TestCase("10.42.0.7"), TestCase("192.168.1.1"), TestCase("fd00::7")]
    public void Addresses_of_pods_are_not(string address) => Assert.That(AddressProxy.Allowed(IPAddress.Parse(address)), Is.True);

    [TestCase("127.0.0.1"), TestCase("169.254.169.254"), TestCase("::1")]
    public async Task A_pod_that_says_it_is_elsewhere_is_not_gone_to(string address)
    {
        await Pod("p", address);
        foreach (var path in new[] { "p/proxy", "p:6443/proxy/api", "https:p:6443/proxy/", "http:p:80/proxy/latest/meta-data" })
        {
            var (code, body) = await server.Send("GET", "/api/v1/namespaces/ref/pods/" + path);
            Assert.That((code, body.Text("message")), Is.EqualTo((400, "address not allowed")), path);
        }
    }

    [Test]
    public async Task A_service_leads_to_pods_of_its_namespace_only()
    {
        await Pod("real", "10.42.0.7");
        await Pod("evil", "127.0.0.1");
        await server.Send("POST", "/api/v1/namespaces/ref/services", """{"metadata":{"name":"s"},"spec":{"ports":[{"port":80,"name":"web"}]}}""");
        async Task<(int, string?)> With(string endpoint)
        {
            await server.Send("DELETE", "/apis/discovery.k8s.io/v1/namespaces/ref/endpointslices/s");
            var (made, body) = await server.Send("POST", "/apis/discovery.k8s.io/v1/namespaces/ref/endpointslices",
                $$$"""{"metadata":{"name":"s","labels":{"kubernetes.io/service-name":"s"}},"addressType":"IPv4","ports":[{"name":"web","port":8080}],"endpoints":[{{{endpoint}}}]}""");
            Assert.That(made, Is.EqualTo(201), body.ToString());
            var answer = await server.Raw("GET", "/api/v1/namespaces/ref/services/s:80/proxy/");
            return answer is ApiResponse.Bytes bytes ? (bytes.Status, Machinery.JsonReader.ReadMap(bytes.Content.Span).Text("message")) : (101, null);
        }
        const string none = "no endpoints available for service \"s:80\"";
        Assert.That(await With("""{"addresses":["10.42.0.7"]}"""), Is.EqualTo((503, none)), "no pod behind it");
        Assert.That(await With("""{"addresses":["10.42.0.8"],"targetRef":{"kind":"Pod","name":"real","namespace":"ref"}}"""), Is.EqualTo((503, none)), "not that pod's address");
        Assert.That(await With("""{"addresses":["10.42.0.7"],"targetRef":{"kind":"Pod","name":"real","namespace":"default"}}"""), Is.EqualTo((503, none)), "another namespace");
        Assert.That(await With("""{"addresses":["10.42.0.7"],"conditions":{"ready":false},"targetRef":{"kind":"Pod","name":"real","namespace":"ref"}}"""), Is.EqualTo((503, none)), "not ready");
        Assert.That((await With("""{"addresses":["10.42.0.7"],"targetRef":{"kind":"Pod","name":"real","namespace":"ref"}}""")).Item1, Is.EqualTo(101));
    }

    [TestCase("pods/none/proxy", 404), TestCase("services/none/proxy", 404), TestCase("pods/none:x/proxy/y", 404)]
    public async Task What_is_not_there_is_not_found(string path, int code) => Assert.That((await server.Send("GET", "/api/v1/namespaces/ref/" + path)).Code, Is.EqualTo(code));

    [Test]
    public async Task Writing_through_a_proxy_writes_no_object()
    {
        await Pod("p", "127.0.0.1");
        foreach (var method in new[] { "PUT", "PATCH", "DELETE", "POST" })
            Assert.That((await server.Send(method, "/api/v1/namespaces/ref/pods/p/proxy", """{"metadata":{"name":"p","labels":{"seized":"yes"}}}""", "application/merge-patch+json")).Code, Is.EqualTo(400), method);
        Assert.That((await server.Send("GET", "/api/v1/namespaces/ref/pods/p")).Body.ToString(), Does.Not.Contain("seized"));
    }
}

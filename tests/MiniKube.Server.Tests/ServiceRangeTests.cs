namespace MiniKube.Server.Tests;

/// <summary>Where services' addresses and node ports come from: the lower end of each range is for who asks, until nothing else is left.</summary>
[TestFixture]
public sealed class ServiceRangeTests
{
    // Upstream's figures for its own default ranges and for small ones.
    [TestCase(65_534, 16, 256, 256)]
    [TestCase(254, 16, 256, 16)]
    [TestCase(14, 16, 256, 0)]
    [TestCase(2768, 32, 128, 86)]
    [TestCase(100, 32, 128, 16)]
    [TestCase(10_000, 32, 128, 128)]
    public void The_lower_end_has_a_size(int size, int part, int most, int expected) => Assert.That(ServiceAddresses.AskedFor(size, part, most), Is.EqualTo(expected));

    [Test]
    public async Task Chance_takes_the_lower_end_last()
    {
        await using var server = await TestServer.Start(options: TestServer.Options with { ServiceCidr = "10.96.0.0/27", NodePorts = (30000, 30024) });
        var (addresses, ports) = (new List<string>(), new List<long>());
        for (var i = 0; i < 25; i++)
        {
            var (code, made) = await server.Send("POST", "/api/v1/namespaces/default/services", $$$"""{"metadata":{"name":"s{{{i}}}"},"spec":{"type":"NodePort","ports":[{"port":80}]}}""");
            Assert.That(code, Is.EqualTo(201), made.ToString());
            addresses.Add(made.Map("spec")!.Text("clusterIP")!);
            ports.Add(made.Map("spec")!.List("ports")!.Maps().Single().Whole("nodePort")!.Value);
        }
        Assert.Multiple(() =>
        {
            // Of 30 addresses and 25 ports 16 are kept back.
            Assert.That(addresses.Take(14).Select(a => int.Parse(a.Split('.')[3], null)), Is.All.GreaterThan(16));
            Assert.That(ports.Take(9), Is.All.GreaterThanOrEqualTo(30016));
            Assert.That(addresses, Is.Unique);
            Assert.That(ports, Is.EquivalentTo(Enumerable.Range(30000, 25)));
        });
        var (full, _) = await server.Send("POST", "/api/v1/namespaces/default/services", """{"metadata":{"name":"one-more"},"spec":{"type":"NodePort","ports":[{"port":80}]}}""");
        Assert.That(full, Is.EqualTo(422));
        var (last, _) = await server.Send("POST", "/api/v1/namespaces/default/services", """{"metadata":{"name":"no-port"},"spec":{"ports":[{"port":80}]}}""");
        Assert.That(last, Is.EqualTo(201));
    }
}

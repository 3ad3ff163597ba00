using System.Net;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Machinery;
using MiniKube.Network.Dns;

namespace MiniKube.Network.Tests;

[TestFixture]
public sealed class DnsTests
{
    private static readonly ClusterZone Zone = new(new Data(), "cluster.local", [Ipv4Range.Parse("10.43.0.0/16"), Ipv4Range.Parse("10.42.0.0/16")]);

    [TestCase("web.default.svc.cluster.local", RecordType.A, "10.43.0.5")]
    [TestCase("web.default.svc.cluster.local", RecordType.AAAA, "")]
    [TestCase("web.default.svc.cluster.local", RecordType.TXT, "")]
    [TestCase("_http._tcp.web.default.svc.cluster.local", RecordType.SRV, "SRV 80 web.default.svc.cluster.local")]
    [TestCase("db.default.svc.cluster.local", RecordType.A, "10.42.0.2 10.42.0.3")]
    [TestCase("db-0.db.default.svc.cluster.local", RecordType.A, "10.42.0.2")]
    [TestCase("10-42-0-3.db.default.svc.cluster.local", RecordType.A, "10.42.0.3")]
    [TestCase("_pg._tcp.db.default.svc.cluster.local", RecordType.SRV, "SRV 5432 db-0.db.default.svc.cluster.local SRV 5432 10-42-0-3.db.default.svc.cluster.local")]
    [TestCase("10-42-7-9.default.pod.cluster.local", RecordType.A, "10.42.7.9")]
    [TestCase("away.default.svc.cluster.local", RecordType.A, "CNAME example.com")]
    [TestCase("5.0.43.10.in-addr.arpa", RecordType.PTR, "PTR web.default.svc.cluster.local")]
    [TestCase("2.0.42.10.in-addr.arpa", RecordType.PTR, "PTR db-0.db.default.svc.cluster.local")]
    [TestCase("default.svc.cluster.local", RecordType.A, "")]
    [TestCase("cluster.local", RecordType.A, "")]
    [TestCase("none.default.svc.cluster.local", RecordType.A, "no such name")]
    [TestCase("web.nowhere.svc.cluster.local", RecordType.A, "no such name")]
    [TestCase("empty.default.svc.cluster.local", RecordType.A, "no such name")]
    [TestCase("10-42-7-9.nowhere.pod.cluster.local", RecordType.A, "no such name")]
    [TestCase("9.9.42.10.in-addr.arpa", RecordType.PTR, "no such name")]
    [TestCase("8.8.8.8.in-addr.arpa", RecordType.PTR, "not ours")]
    [TestCase("example.com", RecordType.A, "not ours")]
    public void Answers(string name, RecordType type, string wanted) => Assert.That(Text(Zone.Answer(name, type)), Is.EqualTo(wanted));

    [Test]
    public void Absence_names_the_zone() => Assert.That(Zone.Answer("none.default.svc.cluster.local", RecordType.A)!.Authority.Single().Type, Is.EqualTo(RecordType.SOA));

    /// <summary>Whatever comes, nothing is thrown and no name is read past the packet.</summary>
    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Malformed_packets_are_no_question(byte[] packet) => Assert.That(() => DnsMessage.Read(packet), Throws.Nothing);

    [Test]
    public void Pointers_in_a_loop_end()
    {
        byte[] packet = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1];
        Assert.That(DnsMessage.Read(packet), Is.Null);
    }

    [Test]
    public void A_question_comes_back_with_its_answer()
    {
        var question = DnsMessage.Read(Ask("WEB.default.svc.cluster.local", RecordType.A))!;
        var packet = DnsMessage.Write(question, Zone.Answer(question.Name, question.Type)!, 512);
        Assert.Multiple(() =>
        {
            Assert.That(packet[..2], Is.EqualTo(new byte[] { 0x12, 0x34 }));
            Assert.That(packet[2] & 0x80, Is.Not.Zero);
            Assert.That(packet[^4..], Is.EqualTo(IPAddress.Parse("10.43.0.5").GetAddressBytes()));
            // The name goes back in the letters it came in.
            Assert.That(packet[13..16], Is.EqualTo("WEB"u8.ToArray()));
        });
    }

    [Test]
    public void What_does_not_fit_is_said_to_be_cut()
    {
        var question = DnsMessage.Read(Ask("big.default.svc.cluster.local", RecordType.A))!;
        var answer = new Answer(ResponseCode.NoError, [.. Enumerable.Range(1, 100).Select(i => new Record(question.Name, RecordType.A, 5, [10, 42, 0, (byte)i]))]);
        var packet = DnsMessage.Write(question, answer, 512);
        Assert.That(packet.Length, Is.LessThanOrEqualTo(512));
        Assert.That(packet[2] & 0x02, Is.Not.Zero);
        Assert.That(DnsMessage.Write(question, answer, 65535)[2] & 0x02, Is.Zero);
    }

    private static byte[] Ask(string name, RecordType type) => [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. DnsMessage.Name(name), 0, (byte)type, 0, 1];

    private static string Text(Answer? answer)
    {
        if (answer is null) return "not ours";
        if (answer.Code == ResponseCode.NameError) return "no such name";
        return string.Join(' ', answer.Answers.Select(r => r.Type switch
        {
            RecordType.A => new IPAddress(r.Data).ToString(),
            RecordType.SRV => $"SRV {r.Data[4] << 8 | r.Data[5]} {Name(r.Data, 6)}",
            _ => $"{r.Type} {Name(r.Data, 0)}",
        }));
    }

    private static string Name(byte[] data, int at) => DnsMessage.ReadName(data, ref at)!;

    private sealed class Data : IZoneData
    {
        private static readonly Dictionary<string, Service> Services = ((string[])
        [
            "{metadata: {name: web, namespace: default}, spec: {clusterIP: 10.43.0.5, clusterIPs: [10.43.0.5], ports: [{name: http, port: 80, protocol: TCP}]}}",
            "{metadata: {name: db, namespace: default}, spec: {clusterIP: None, ports: [{name: pg, port: 5432, protocol: TCP}]}}",
            "{metadata: {name: empty, namespace: default}, spec: {clusterIP: None}}",
            "{metadata: {name: away, namespace: default}, spec: {type: ExternalName, externalName: example.com}}",
        ]).Select(y => KubeJson.FromTree<Service>((JsonMap)YamlReader.Read(y))).ToDictionary(s => s.Metadata.Name!);

        private static readonly EndpointSlice Slice = KubeJson.FromTree<EndpointSlice>((JsonMap)YamlReader.Read("""
            metadata: {name: db-1, namespace: default, labels: {kubernetes.io/service-name: db}}
            addressType: IPv4
            ports: [{name: pg, port: 5432, protocol: TCP}]
            endpoints: [{addresses: [10.42.0.2], hostname: db-0}, {addresses: [10.42.0.3]}, {addresses: [10.42.0.4], conditions: {ready: false}}]
            """));

        public Service? Service(string ns, string name) => ns == "default" ? Services.GetValueOrDefault(name) : null;
        public bool HasNamespace(string ns) => ns == "default";
        public IEnumerable<EndpointSlice> Slices(string ns, string service) => service == "db" ? [Slice] : [];
        public Service? ServiceAt(string address) => Services.Values.FirstOrDefault(s => s.Spec?.ClusterIP == address);
        public IEnumerable<EndpointSlice> SlicesWith(string address) => address.StartsWith("10.42.0.", StringComparison.Ordinal) && address.Length == 9 && address[^1] is '2' or '3' ? [Slice] : [];
    }
}

using MiniKube.Machinery;
using MiniKube.Server.Aggregation;

namespace MiniKube.Server.Tests;

/// <summary>What is said of a registered group by what its service is like, before its server is asked.</summary>
[TestFixture]
public sealed class AvailabilityTests
{
    private const string Service = "{spec: {ports: [{port: 80, name: http}, {port: 443, name: https}]}}";

    [TestCase("", "", "False ServiceNotFound service/api in \"ns\" is not present")]
    [TestCase("{spec: {type: ExternalName}}", "", null)]
    [TestCase("{spec: {ports: [{port: 80}]}}", "", "False ServicePortError service/api in \"ns\" is not listening on port 443")]
    [TestCase(Service, "", "False EndpointsNotFound cannot find endpointslices for service/api in \"ns\"")]
    [TestCase(Service, "{metadata: {labels: {kubernetes.io/service-name: other}}, ports: [{name: https}], endpoints: [{addresses: [10.0.0.1]}]}", "False EndpointsNotFound cannot find endpointslices for service/api in \"ns\"")]
    [TestCase(Service, "{metadata: {labels: {kubernetes.io/service-name: api}}, ports: [{name: https}], endpoints: []}", "False MissingEndpoints endpointslices for service/api in \"ns\" have no addresses with port name \"https\"")]
    [TestCase(Service, "{metadata: {labels: {kubernetes.io/service-name: api}}, ports: [{name: http}], endpoints: [{addresses: [10.0.0.1]}]}", "False MissingEndpoints endpointslices for service/api in \"ns\" have no addresses with port name \"https\"")]
    [TestCase(Service, "{metadata: {labels: {kubernetes.io/service-name: api}}, ports: [{name: https}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: false}}]}", "False MissingEndpoints endpointslices for service/api in \"ns\" have no addresses with port name \"https\"")]
    [TestCase(Service, "{metadata: {labels: {kubernetes.io/service-name: api}}, ports: [{name: https}], endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]}", null)]
    public void The_service_speaks_first(string service, string slice, string? told)
    {
        var remote = RemoteGroup.Of(Tree("{metadata: {name: v1.g}, spec: {group: g, version: v1, service: {namespace: ns, name: api}}}")!)!;
        var condition = Availability.Known(remote, Tree(service), Tree(slice) is { } one ? [one] : []);
        Assert.That(condition is null ? null : $"{condition.Text("status")} {condition.Text("reason")} {condition.Text("message")}", Is.EqualTo(told));
    }

    [Test]
    public void A_time_changes_with_the_status_alone()
    {
        var registered = Tree("{status: {conditions: [{type: Other}, {type: Available, status: \"True\", reason: Passed, message: m, lastTransitionTime: before}]}}")!;
        JsonMap Said(JsonMap condition) => Availability.Told(registered, condition, "now")!.Maps().Single(c => c.Text("type") == "Available");
        Assert.That(Said(Availability.Passed).Text("lastTransitionTime"), Is.EqualTo("before"));
        Assert.That(Said(Availability.Failed("no")).Text("lastTransitionTime"), Is.EqualTo("now"));
        registered.MapOrNew("status").Set("conditions", Availability.Told(registered, Availability.Failed("no"), "now")!);
        Assert.That(Availability.Told(registered, Availability.Failed("no"), "later"), Is.Null);
    }

    private static JsonMap? Tree(string yaml) => yaml.Length == 0 ? null : (JsonMap)YamlReader.Read(yaml);
}

using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Machinery;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Tests.Proxy;

/// <summary>Services and slices in one line each.</summary>
internal static class Given
{
    public static readonly ProxyNode Node = new("node") { Addresses = ["192.0.2.2"] };

    public static Service Service(string spec, string name = "web", string status = "{}") =>
        KubeJson.FromTree<Service>((JsonMap)YamlReader.Read($"{{metadata: {{name: {name}, namespace: default}}, spec: {spec}, status: {status}}}"));

    public static EndpointSlice Slice(string port, int number, params (string Address, bool Ready)[] endpoints) => On("node", port, number, endpoints);

    public static EndpointSlice On(string node, string port, int number, params (string Address, bool Ready)[] endpoints) => new()
    {
        AddressType = "IPv4", Ports = [new() { Name = port, Port = number, Protocol = "TCP" }],
        Endpoints = [.. endpoints.Select(e => new Endpoint { Addresses = [e.Address], NodeName = node, Conditions = new() { Ready = e.Ready } })],
    };

    public static EndpointSlice Slice(string yaml) => KubeJson.FromTree<EndpointSlice>((JsonMap)YamlReader.Read(yaml));

    public static ServiceFrontends Frontends(string spec, params EndpointSlice[] slices) => ServiceFrontends.For(Service(spec), slices, Node);

    public static string Text(this ServiceFrontends service) => string.Join('\n', service.All.Select(f => f.Content));
}

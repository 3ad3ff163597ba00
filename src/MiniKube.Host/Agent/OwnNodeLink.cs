using System.Net;
using System.Security.Cryptography.X509Certificates;
using MiniKube.ControlLoop;
using MiniKube.Server.Pki;
using MiniKube.Server.Streams;

namespace MiniKube.Host;

/// <summary>The server's own node: everything is in this process.</summary>
internal sealed class OwnNodeLink(ControlPlane plane, string node, TimeProvider time) : INodeLink
{
    public IApi Kubelet { get; } = plane.ApiFor(Identities.Node(node), "kubelet");
    public IApi Proxy { get; } = plane.ApiFor(Identities.Proxy, "kube-proxy");
    public IApi Names { get; } = plane.ApiFor(Identities.OfController("kube-dns"), "kube-dns");
    public IApi? Balancing { get; } = plane.ApiFor(Identities.OfController("service-controller"), "service-lb-controller");

    public IngressLink? Ingress { get; } = new(plane.ApiFor(Identities.OfController("ingress-controller"), "ingress-controller"),
        () => plane.Pki.Server("ingress", new CertificateSpec("minik ingress") { DnsNames = [node, "localhost"], ForServer = true }));

    public IReadOnlyList<X509Certificate2> Authorities => plane.Pki.Trusted;

    public Task Refresh(CancellationToken cancel) => Task.CompletedTask;

    public Func<IPAddress> AddressOf(NodeSettings settings) => HostAddresses.OfNode(settings, time);

    public Task<Func<X509Certificate2>> Serving(Func<IPAddress> address, CancellationToken cancel)
    {
        var spec = new CertificateSpec($"system:node:{node}")
        {
            Organizations = ["system:nodes"], DnsNames = [node, "localhost"], Addresses = [.. HostAddresses.All().Append(address()).Append(IPAddress.Loopback).Distinct()], ForServer = true,
        };
        return Task.FromResult(() => plane.Pki.Server("kubelet-serving", spec));
    }

    public async Task Attend(INodeDoor door, CancellationToken cancel)
    {
        plane.Server.Nodes.Open(node, door);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        plane.Server.Nodes.Close(node, door);
    }

    /// <summary>The server does that itself.</summary>
    public Task<string?> Clear(string directory, CancellationToken cancel) => Task.FromResult<string?>("this node's volumes are cleared away by the server");
}
